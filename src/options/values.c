/* Values: what the text of an option means. Not collective. */
#include "nixe/options/values.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/escape.h"

static const double most_exact = 9007199254740992; /* 2^53: whole numbers up to here are what they are as doubles */

int nixe_value_is_truth(const char *text, int *truth) {
    static const char *const word[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (int i = 0; i < 8; i++)
        if (!strcmp(text, word[i])) return *truth = i % 2, 1;
    return 0;
}

/* more: what breaks a limit that the option's words do not name, or "". */
static nixe_status refuse(const nixe_option *option, nixe_command command, const char *text, const char *more) {
    char allowed[256];
    nixe_option_allowed(option, command, allowed, sizeof allowed);
    return nixe_fail(NIXE_REFUSED, "-%s %.60s%s: must be %s%s", option->name, text, strlen(text) > 60 ? " ..." : "", allowed,
                     more);
}

/* A number, all of the text. */
static int is_number(const char *text, double *number) {
    char *end;
    *number = strtod(text, &end);
    return end != text && !*end && !isspace((unsigned char)*text) && !isnan(*number) && !strpbrk(text, "xXpP");
}

static int is_above_minimum(const nixe_option *option, double number) {
    return option->above_minimum ? number > option->minimum : number >= option->minimum;
}

static int is_below_maximum(const nixe_option *option, double number) {
    return option->below_maximum ? number < option->maximum : number <= option->maximum;
}

/* The limit of doubles' making that a number breaks: what is allowed does not mention those. `text` may be one of a list. */
static const char *hidden_limit(const nixe_option *option, const char *text, char *words, size_t size) {
    double number;
    if (!is_number(text, &number)) return "";
    if (!is_below_maximum(option, number) && option->maximum >= 1e100) snprintf(words, size, ", up to %g", option->maximum);
    else if (!is_above_minimum(option, number) && option->minimum <= -1e100)
        snprintf(words, size, ", from %g on", option->minimum);
    else return "";
    return words;
}

/* A number within the option's range. */
static int read_number(const nixe_option *option, const char *text, double *number) {
    return is_number(text, number) && is_above_minimum(option, *number) && is_below_maximum(option, *number);
}

/* more: as in refuse(). */
static int read_seed(const char *text, uint64_t *seed, const char **more) {
    char *end;
    double number;
    if (!isdigit((unsigned char)*text)) return 0;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    if (!*end) return errno == 0;
    if (!is_number(text, &number) || number != floor(number)) return 0; /* 1e5 */
    *more = ", and up to 9007199254740992 where it has a point or an exponent";
    if (number > most_exact) return 0;
    *seed = (uint64_t)number;
    return 1;
}

static int read_choice(const nixe_option *option, const char *text, int *choice) {
    const char *word = option->choices;
    for (*choice = 0; word; (*choice)++) {
        const char *end = strchr(word, '|');
        size_t length = end ? (size_t)(end - word) : strlen(word);
        if (strlen(text) == length && !strncmp(text, word, length)) return 1;
        word = end ? end + 1 : NULL;
    }
    return 0;
}

static nixe_status read_list(const nixe_option *option, nixe_command command, const char *text, nixe_list *list) {
    char *copy = strdup(text), *rest = copy, limit[64];
    if (!copy) return nixe_fail(NIXE_FAILED, "out of memory: the options");
    free(list->value);
    *list = (nixe_list){0};
    int count = 1;
    for (const char *c = text; *c; c++) count += *c == ',';
    nixe_status status = nixe_allocate(&list->value, count, sizeof(double), "the options");
    for (char *item; !status && (item = rest) != NULL;) {
        rest = strchr(item, ',');
        if (rest) *rest++ = '\0';
        if (!read_number(option, item, &list->value[list->count++]))
            status = refuse(option, command, text, hidden_limit(option, item, limit, sizeof limit));
    }
    free(copy);
    if (status || list->count == 1 || (option->lists & command)) return status;
    return refuse(option, command, text, "");
}

/* Text that is stored stands in a file of YAML, line by line. */
static nixe_status read_text(const nixe_option *option, const char *text, char **place) {
    if (!option->execution && !nixe_is_plain(text))
        return nixe_fail(NIXE_REFUSED, "-%s %s: must be UTF-8 without control characters, because it is stored", option->name,
                         text);
    free(*place);
    *place = strdup(text);
    return *place ? NIXE_OK : nixe_fail(NIXE_FAILED, "out of memory: the options");
}

nixe_status nixe_value_read(const nixe_option *option, const char *text, nixe_options *options) {
    void *place = (char *)options + option->offset;
    char limit[64];
    const char *more = hidden_limit(option, text, limit, sizeof limit);
    double number = 0;
    int good = 0;
    switch (option->kind) {
        case NIXE_OPTION_FLAG: good = nixe_value_is_truth(text, place); break;
        case NIXE_OPTION_CHOICE: good = read_choice(option, text, place); break;
        case NIXE_OPTION_INTEGER:
            good = read_number(option, text, &number) && number == floor(number);
            if (good) *(int64_t *)place = (int64_t)number;
            break;
        case NIXE_OPTION_SEED: good = read_seed(text, place, &more); break;
        case NIXE_OPTION_REAL: good = read_number(option, text, place); break;
        case NIXE_OPTION_REAL_OR_NONE:
            good = !strcmp(text, "none");
            if (good) *(double *)place = -1;
            else good = read_number(option, text, place);
            break;
        case NIXE_OPTION_LIST: return read_list(option, options->command, text, place);
        case NIXE_OPTION_TEXT: return read_text(option, text, place);
    }
    return good ? NIXE_OK : refuse(option, options->command, text, more);
}
