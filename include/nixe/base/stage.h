/* Stage: the parts of a run by which PETSc's -log_view lists times and flops. Stages nest. Nothing here is collective. */
#ifndef NIXE_BASE_STAGE_H
#define NIXE_BASE_STAGE_H

typedef enum { NIXE_SET_UP, NIXE_SOLVE, NIXE_SAMPLING, NIXE_OBSERVABLES, NIXE_OUTPUT, NIXE_STAGES } nixe_stage;

void nixe_stage_begin(nixe_stage stage);
void nixe_stage_end(void);

#endif
