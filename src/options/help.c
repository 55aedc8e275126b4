/* Help: options and what they allow, in words. Not collective. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/options/options.h"

void nixe_number_print(double number, char *text, size_t size) {
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, size, "%.*e", digits, number);
        if (strtod(text, NULL) == number) return;
    }
}

/* A number in a sentence. */
static void print_bound(double number, char *text, size_t size) {
    if (number == (double)(long long)number && number > -1e6 && number < 1e6) snprintf(text, size, "%.0f", number);
    else snprintf(text, size, "%g", number);
}

void nixe_option_print(const nixe_option *option, const nixe_options *options, char *text, size_t size) {
    const void *place = (const char *)options + option->offset;
    const char *word = option->choices;
    switch (option->kind) {
        case NIXE_OPTION_FLAG: snprintf(text, size, "%s", *(const int *)place ? "true" : "false"); break;
        case NIXE_OPTION_CHOICE:
            for (int i = 0; i < *(const int *)place; i++) word = strchr(word, '|') + 1;
            snprintf(text, size, "%.*s", (int)strcspn(word, "|"), word);
            break;
        case NIXE_OPTION_INTEGER: snprintf(text, size, "%" PRId64, *(const int64_t *)place); break;
        case NIXE_OPTION_INTEGER_OR_AUTO:
            if (*(const int64_t *)place < 0) snprintf(text, size, "auto");
            else snprintf(text, size, "%" PRId64, *(const int64_t *)place);
            break;
        case NIXE_OPTION_SEED: snprintf(text, size, "%" PRIu64, *(const uint64_t *)place); break;
        case NIXE_OPTION_REAL: nixe_number_print(*(const double *)place, text, size); break;
        case NIXE_OPTION_REAL_OR_NONE:
            if (*(const double *)place < 0) snprintf(text, size, "none");
            else nixe_number_print(*(const double *)place, text, size);
            break;
        case NIXE_OPTION_LIST: {
            const nixe_list *list = place;
            size_t length = 0;
            text[0] = '\0';
            for (int i = 0; i < list->count && length + 32 < size; i++) {
                if (i) text[length++] = ',';
                nixe_number_print(list->value[i], text + length, size - length);
                length += strlen(text + length);
            }
            break;
        }
        case NIXE_OPTION_TEXT: snprintf(text, size, "%s", *(char *const *)place ? *(char *const *)place : ""); break;
    }
}

static void number_allowed(const nixe_option *option, const char *noun, char *text, size_t size) {
    char low[32], high[32];
    print_bound(option->minimum, low, sizeof low);
    print_bound(option->maximum, high, sizeof high);
    if (option->minimum <= -1e100) snprintf(text, size, "%s", noun);
    else if (option->maximum >= 1e100)
        snprintf(text, size, "%s %s %s", noun, option->above_minimum ? "above" : "of at least", low);
    else if (option->above_minimum) snprintf(text, size, "%s above %s, up to %s", noun, low, high);
    else snprintf(text, size, "%s from %s to %s", noun, low, high);
}

void nixe_option_allowed(const nixe_option *option, nixe_command command, char *text, size_t size) {
    static const char duration[] = "seconds, or a time such as 1h, 30min or 00:30:00,";
    char number[128];
    switch (option->kind) {
        case NIXE_OPTION_FLAG: snprintf(text, size, "true or false"); break;
        case NIXE_OPTION_CHOICE: {
            const char *second = strchr(option->choices, '|');
            snprintf(text, size, "%.*s or %s", (int)(second - option->choices), option->choices, second + 1);
            break;
        }
        case NIXE_OPTION_INTEGER: number_allowed(option, "a whole number", text, size); break;
        case NIXE_OPTION_INTEGER_OR_AUTO:
            number_allowed(option, "a whole number", number, sizeof number);
            snprintf(text, size, "%s, or auto", number);
            break;
        case NIXE_OPTION_SEED: snprintf(text, size, "a whole number from 0 to 18446744073709551615"); break;
        case NIXE_OPTION_REAL: number_allowed(option, option->duration ? duration : "one number", text, size); break;
        case NIXE_OPTION_REAL_OR_NONE:
            number_allowed(option, option->duration ? duration : "a number", number, sizeof number);
            snprintf(text, size, "%s, or none", number);
            break;
        case NIXE_OPTION_LIST:
            number_allowed(option, option->lists & command ? "numbers a,b,c" : "one number", text, size);
            break;
        case NIXE_OPTION_TEXT: snprintf(text, size, "text"); break;
    }
}

static void print_option(FILE *out, const nixe_option *option, nixe_command command) {
    char allowed[256];
    nixe_option_allowed(option, command, allowed, sizeof allowed);
    fprintf(out, "  -%s\n      %s\n      %s", option->name, option->description, allowed);
    if (*option->unit) fprintf(out, " [%s]", option->unit);
    const char *value = nixe_option_default(option, command);
    if (!value) fprintf(out, "; required\n");
    else
        fprintf(out, "; default %s%s%s\n", *value ? value : "none", option->default_rule ? "; " : "",
                option->default_rule ? option->default_rule : "");
}

void nixe_options_help(FILE *out, nixe_command command) {
    if (!command) {
        fprintf(out,
                "nixe: nanocrystal ion exchange, kinetic Monte Carlo ensembles\n\n"
                "usage: mpirun -n RANKS nixe COMMAND [-name value ...]\n"
                "       nixe help [COMMAND] | nixe --version\n\n");
        for (int i = 0; i < nixe_command_count; i++)
            fprintf(out, "  %-10s %s\n", nixe_command_table[i].name, nixe_command_table[i].description);
        fprintf(out, "  %-10s %s\n", "status", "how far a file is, and whether it can be resumed: nixe status FILE [--verify]");
        return;
    }
    for (int i = 0; i < nixe_command_count; i++)
        if (nixe_command_table[i].command == command)
            fprintf(out, "nixe %s: %s\n\nusage: mpirun -n RANKS nixe %s -output_file FILE [-name value ...]\n\n",
                    nixe_command_table[i].name, nixe_command_table[i].description, nixe_command_table[i].name);
    for (int i = 0; i < nixe_option_count; i++)
        if (nixe_option_table[i].commands & command) print_option(out, &nixe_option_table[i], command);
    fprintf(out, "\nPETSc's and SLEPc's own options pass through:");
    for (int i = 0; nixe_library_prefix[i]; i++) fprintf(out, " -%s", nixe_library_prefix[i]);
    fprintf(out, "\n");
}
