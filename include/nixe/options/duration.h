/* Duration: seconds as people write them. For this wing only. Not collective. */
#ifndef NIXE_OPTIONS_DURATION_H
#define NIXE_OPTIONS_DURATION_H

/* Read 1h30min, 1.5h, 2d, 90min or 90m, 30s; and as Slurm has them 01:30:00 and 1-12:00:00. 0 where the text is none of that.
 */
int nixe_duration_read(const char *text, double *seconds);

#endif
