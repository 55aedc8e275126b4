/* Duration: seconds as people write them. Not collective. */
#include "nixe/options/duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    double seconds;
} units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"m", 60}, {"s", 1}}; /* from the longest on */
enum { UNITS = sizeof units / sizeof *units };

/* Hours, minutes and seconds, with days before them or not: 1-12:00:00. */
static int read_clock(const char *text, double *seconds) {
    const char *dash = strchr(text, '-');
    const char *const clock = dash ? dash + 1 : text;
    const size_t digits = strspn(clock, "0123456789");
    int days = 0, hours, minutes, rest;
    if (dash && (dash == text || dash - text > 5 || strspn(text, "0123456789") != (size_t)(dash - text))) return 0;
    if (!digits || digits > 6 || strlen(clock) != digits + 6 || strspn(clock, "0123456789:") != digits + 6) return 0;
    if (clock[digits] != ':' || clock[digits + 3] != ':') return 0;
    if (dash) days = atoi(text);
    if (sscanf(clock, "%d:%2d:%2d", &hours, &minutes, &rest) != 3 || minutes > 59 || rest > 59) return 0;
    *seconds = 86400.0 * days + 3600.0 * hours + 60.0 * minutes + rest;
    return 1;
}

/* Numbers with their units, each once, the longest first: 1h30min. */
static int read_units(const char *text, double *seconds) {
    int next = 0;
    *seconds = 0;
    do {
        const size_t digits = strspn(text, "0123456789.");
        const size_t letters = strcspn(text + digits, "0123456789.");
        char *end;
        const double number = strtod(text, &end);
        if (!digits || end != text + digits) return 0;
        int u = next;
        while (u < UNITS && !(strlen(units[u].name) == letters && !strncmp(units[u].name, end, letters))) u++;
        if (u == UNITS) return 0;
        *seconds += number * units[u].seconds;
        next = units[u].seconds == 60 ? UNITS - 1 : u + 1; /* min and m are one */
        text = end + letters;
    } while (*text);
    return 1;
}

int nixe_duration_read(const char *text, double *seconds) {
    return strchr(text, ':') ? read_clock(text, seconds) : read_units(text, seconds);
}
