/* Until: how precise the means are to be. Not collective. */
#include "nixe/options/until.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[NIXE_UNTIL_QUANTITIES] = {"f_U", "f_S", "energy", "composition"};
enum { FIRST_RECORDS = 128 };

static nixe_status refuse(const nixe_options *options, const char *what) {
    return nixe_fail(NIXE_REFUSED,
                     "-mc_until %s: %s; it is a list of quantities with the standard errors that are small enough, "
                     "f_U:0.005,composition:0.001; there are f_U, f_S, energy and composition",
                     options->mc_until, what);
}

static nixe_status read_bound(const nixe_options *options, char *item, nixe_until *until) {
    char *colon = strchr(item, ':'), *end = NULL;
    int quantity = 0;
    if (!colon || !colon[1]) return refuse(options, "a quantity has no bound");
    *colon = '\0';
    while (quantity < NIXE_UNTIL_QUANTITIES && strcmp(item, names[quantity]) != 0) quantity++;
    if (quantity == NIXE_UNTIL_QUANTITIES) return refuse(options, "no such quantity");
    const double error = strtod(colon + 1, &end);
    if (*end || !(error > 0) || error > 1e100) return refuse(options, "a bound is not a number above 0");
    for (int b = 0; b < until->count; b++)
        if ((int)until->bound[b].quantity == quantity) return refuse(options, "a quantity is there twice");
    until->bound[until->count].quantity = (nixe_until_quantity)quantity;
    until->bound[until->count++].error = error;
    return NIXE_OK;
}

nixe_status nixe_until_read(const nixe_options *options, nixe_until *until) {
    *until = (nixe_until){0};
    if (!*options->mc_until) return NIXE_OK;
    char *copy = strdup(options->mc_until), *rest = copy;
    nixe_status status = copy ? NIXE_OK : nixe_fail(NIXE_FAILED, "out of memory: the options");
    for (char *item; !status && (item = rest) != NULL;) {
        rest = strchr(item, ',');
        if (rest) *rest++ = '\0';
        status = read_bound(options, item, until);
    }
    free(copy);
    return status;
}

int64_t nixe_until_round(const nixe_options *options, int r) {
    const int64_t records = options->mc_sweeps / options->mc_record_every;
    if (!*options->mc_until || r >= 60 || FIRST_RECORDS > records >> r) return options->mc_sweeps;
    return ((int64_t)FIRST_RECORDS << r) * options->mc_record_every;
}
