/* Schedule: what drives kmc, dmu and kT, piecewise constant in time. Not collective. */
#include "nixe/options/schedule.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const form = "must be changes at ascending times, such as 100:dmu=20,200:dmu=-20:kT=0.3";

/* The text is stored as an attribute, which has at most 64 kB. */
enum { MOST_CHANGES = 500 };

/* What one change says; NAN where it says nothing. */
typedef struct {
    double time, dmu, kT;
} change;

static nixe_status refuse(const char *what, const char *why) {
    return nixe_fail(NIXE_REFUSED, "-kmc_schedule %.60s%s: %s", what, strlen(what) > 60 ? " ..." : "", why);
}

/* A finite number, all of the text. */
static int is_number(const char *text, double *number) {
    char *end;
    *number = strtod(text, &end);
    return end != text && !*end && !isspace((unsigned char)*text) && isfinite(*number) && !strpbrk(text, "xXpP");
}

/* One part of a change: the time, or a setting that is not there yet. `entry` is what sentences show. */
static nixe_status read_part(const char *entry, char *part, change *c) {
    char *equals = strchr(part, '=');
    const char *name = equals ? part : "time", *value = equals ? equals + 1 : part;
    double number;
    if (equals) *equals = '\0';
    double *place = !strcmp(name, "time") ? &c->time : !strcmp(name, "dmu") ? &c->dmu : !strcmp(name, "kT") ? &c->kT : NULL;
    if (!place && !isalpha((unsigned char)*name)) return refuse(entry, form);
    if (!place) return refuse(entry, "what can be set is dmu and kT");
    if (!is_number(value, &number) || !isnan(*place)) return refuse(entry, form);
    if (place == &c->time && !(number > 0 && number <= 1e100))
        return refuse(entry, "times must be above 0: what drives from there on is -model_dmu and -model_kT");
    if (place == &c->dmu && fabs(number) > 1e100) return refuse(entry, "dmu must be a number, up to 1e+100");
    if (place == &c->kT && !(number >= 1e-300 && number <= 1e100)) return refuse(entry, "kT must be above 0, up to 1e+100");
    *place = number;
    return NIXE_OK;
}

/* One change, TIME:NAME=VALUE or with several settings. */
static nixe_status read_change(const char *entry, char *text, change *c) {
    *c = (change){NAN, NAN, NAN};
    for (char *part = text, *rest; part; part = rest) {
        rest = strchr(part, ':');
        if (rest) *rest++ = '\0';
        NIXE_TRY(read_part(entry, part, c));
    }
    return isnan(c->time) || (isnan(c->dmu) && isnan(c->kT)) ? refuse(entry, form) : NIXE_OK;
}

/* Add a change to those before it; several may be at one time, of different settings. last: the one before. */
static nixe_status add(const char *entry, const change *c, change *last, nixe_schedule *schedule) {
    const nixe_driving *before = &schedule->drive[schedule->count - 1];
    if (c->time < before->time) return refuse(entry, "times must ascend");
    if (c->time == before->time) {
        if ((!isnan(c->dmu) && !isnan(last->dmu)) || (!isnan(c->kT) && !isnan(last->kT)))
            return refuse(entry, "it is set twice at that time");
    } else {
        schedule->drive[schedule->count++] = *before;
        *last = (change){NAN, NAN, NAN};
    }
    nixe_driving *now = &schedule->drive[schedule->count - 1];
    now->time = c->time;
    if (!isnan(c->dmu)) now->dmu = last->dmu = c->dmu;
    if (!isnan(c->kT)) now->kT = last->kT = c->kT;
    return NIXE_OK;
}

static nixe_status read_all(char *text, nixe_schedule *schedule) {
    change last = {NAN, NAN, NAN}, c;
    for (char *entry = text, *rest; entry; entry = rest) {
        rest = strchr(entry, ',');
        if (rest) *rest++ = '\0';
        char *copy = strdup(entry);
        if (!copy) return nixe_fail(NIXE_FAILED, "out of memory: the schedule");
        nixe_status status = read_change(entry, copy, &c);
        if (!status) status = add(entry, &c, &last, schedule);
        free(copy);
        NIXE_TRY(status);
    }
    return NIXE_OK;
}

nixe_status nixe_schedule_read(const nixe_options *options, nixe_schedule *schedule) {
    const char *text = options->kmc_schedule;
    int most = 2;
    *schedule = (nixe_schedule){0};
    for (const char *c = text; *c; c++) most += *c == ',';
    if (most - 1 > MOST_CHANGES)
        return nixe_fail(NIXE_REFUSED, "-kmc_schedule: there must be no more than %d changes, not %d", MOST_CHANGES, most - 1);
    NIXE_TRY(nixe_allocate(&schedule->drive, most, sizeof(nixe_driving), "the schedule"));
    schedule->count = 1;
    schedule->drive[0] = (nixe_driving){0, options->model_dmu.value[0], options->model_kT.value[0]};
    if (!*text || !strcmp(text, "none")) return NIXE_OK;
    char *copy = strdup(text);
    if (!copy) return nixe_fail(NIXE_FAILED, "out of memory: the schedule");
    const nixe_status status = read_all(copy, schedule);
    free(copy);
    if (status) nixe_schedule_destroy(schedule);
    return status;
}

void nixe_schedule_destroy(nixe_schedule *schedule) {
    free(schedule->drive);
    *schedule = (nixe_schedule){0};
}

nixe_status nixe_schedule_print(const nixe_schedule *schedule, char **text) {
    size_t bytes;
    char time[32], value[32];
    FILE *out = open_memstream(text, &bytes);
    if (!out) return nixe_fail(NIXE_FAILED, "out of memory: the schedule");
    for (int k = 1; k < schedule->count; k++) {
        const nixe_driving *now = &schedule->drive[k], *before = now - 1;
        nixe_number_print(now->time, time, sizeof time);
        fprintf(out, "%s%s", k > 1 ? "," : "", time);
        nixe_number_print(now->dmu, value, sizeof value);
        if (now->dmu != before->dmu || now->kT == before->kT) fprintf(out, ":dmu=%s", value);
        nixe_number_print(now->kT, value, sizeof value);
        if (now->kT != before->kT) fprintf(out, ":kT=%s", value);
    }
    const int failed = ferror(out);
    return fclose(out) || failed ? nixe_fail(NIXE_FAILED, "out of memory: the schedule") : NIXE_OK;
}

int nixe_schedule_at(const nixe_schedule *schedule, double time) {
    int k = schedule->count - 1;
    while (k > 0 && schedule->drive[k].time > time) k--;
    return k;
}
