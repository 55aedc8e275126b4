/* Nearest: options whose names are near one that is not known. Not collective. */
#include "nixe/options/nearest.h"

#include <ctype.h>
#include <string.h>

enum { FAR = 1000, NAMED = 3 };

/* Edit distance between two short words, ignoring case; b ends after `columns`. */
static int distance(const char *a, const char *b, int columns) {
    int row[128];
    if (columns > 100 || strlen(a) > 100) return FAR;
    for (int j = 0; j <= columns; j++) row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= columns; j++) {
            int cost = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            diagonal = row[j];
            if (row[j] + 1 < cost) cost = row[j] + 1;
            if (row[j - 1] + 1 < cost) cost = row[j - 1] + 1;
            row[j] = cost;
        }
    }
    return row[columns];
}

/* The least distance of a name to the words of an option from one _ to another; FAR where it is more than a third of it. */
static int distance_to_words(const char *name, const char *option) {
    int least = (int)strlen(name) / 3 + 1;
    const int beyond = least;
    for (const char *begin = option; begin; begin = strchr(begin, '_') ? strchr(begin, '_') + 1 : NULL)
        for (const char *end = begin + strcspn(begin, "_");; end += 1 + strcspn(end + 1, "_")) {
            const int d = distance(name, begin, (int)(end - begin));
            if (d < least) least = d;
            if (!*end) break;
        }
    return least < beyond ? least : FAR;
}

/* Whole names before parts of names, and these before what is left of a name without its first word. */
static int rank_of(const char *name, const char *option) {
    const int whole = distance(name, option, (int)strlen(option)), part = distance_to_words(name, option);
    const char *rest = strchr(name, '_');
    if (whole <= (int)strlen(name) / 3) return 3 * whole;
    if (part < FAR) return 3 * part + 1;
    const int last = rest && rest[1] ? distance_to_words(rest + 1, option) : FAR;
    return last < FAR ? 3 * last + 2 : FAR;
}

void nixe_option_nearest(const char *name, nixe_command command, char *text, size_t size) {
    const char *near[NAMED];
    int count = 0, least = FAR;
    size_t length = 0;
    name += strspn(name, "-");
    for (int i = 0; i < nixe_option_count; i++) {
        const int rank = nixe_option_table[i].commands & command ? rank_of(name, nixe_option_table[i].name) : FAR;
        if (rank >= FAR || rank > least) continue;
        if (rank < least) count = 0;
        least = rank;
        if (count < NAMED) near[count++] = nixe_option_table[i].name;
    }
    *text = '\0';
    for (int i = 0; i < count && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s-%s",
                                   i == 0          ? count == 1 ? "; the nearest is " : "; the nearest are "
                                   : i + 1 < count ? ", "
                                                   : " and ",
                                   near[i]);
}
