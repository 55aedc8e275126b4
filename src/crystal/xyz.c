/* XYZ: the sites of a crystal from a file of extended XYZ. Pure; nothing here is collective. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/crystal/sites.h"

static const double tolerance = 1e-3; /* of positions, units of a */
static const double farthest = 1e6;   /* of a position */

enum { MOST_COLUMNS = 64, FIRST_LINE = 3 };

/* What a column of numbers is. */
typedef enum { PASSED_OVER, POSITION, LAYER, EXCHANGE, FIELD, START, KINDS } column;
static const char *const column_name[KINDS] = {"", "pos", "layer", "exchange", "field", "start"};

typedef struct {
    const char *path, *at, *end; /* of the file; where reading is; of the text */
    const nixe_lattice_kind *kind;
    nixe_sites *sites;
    int columns, width; /* of the table; of the position */
    column of[MOST_COLUMNS];
    double vector[3][3]; /* Lattice */
    int has_vectors, has_periodic, periodic[3];
    double *position; /* count x 3 */
} reader;

static int is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The next word of a line that ends at `end`; 0 if there is none. */
static int next_word(const char **at, const char *end, const char **word, int *length) {
    while (*at < end && is_blank(**at)) (*at)++;
    *word = *at;
    while (*at < end && !is_blank(**at)) (*at)++;
    *length = (int)(*at - *word);
    return *length > 0;
}

static const char *end_of_line(const reader *r) {
    const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));
    return end ? end : r->end;
}

static void skip_line(reader *r) {
    const char *end = end_of_line(r);
    r->at = end < r->end ? end + 1 : end;
}

static int is_word(const char *word, int length, const char *other) {
    return (int)strlen(other) == length && !strncmp(word, other, (size_t)length);
}

/* All of a word as a number. */
static int read_number(const char *word, int length, double *number) {
    char *end;
    *number = strtod(word, &end);
    return end == word + length && isfinite(*number);
}

static nixe_status read_count(reader *r) {
    const char *end = end_of_line(r), *at = r->at, *word, *more;
    double count = 0;
    int length, rest;
    const int good = next_word(&at, end, &word, &length) && read_number(word, length, &count) && count == floor(count) &&
                     !next_word(&at, end, &more, &rest) && count >= 1;
    if (!good) return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line 1 must be the number of sites alone, as in XYZ", r->path);
    if (count > (double)(r->end - r->at) / 4) /* a line of 4 characters is too short for any position */
        return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line 1 says %.10g sites, and the file is too short for them", r->path,
                         count);
    skip_line(r);
    return nixe_sites_create(r->sites, (int)count);
}

/* The columns, "species:S:1:pos:R:3:layer:I:1". */
static nixe_status read_columns(reader *r, const char *text, int length) {
    const char *at = text, *const end = text + length;
    int seen[KINDS] = {0};
    r->columns = 0;
    while (at < end) {
        const char *name = at, *type = memchr(at, ':', (size_t)(end - at));
        const char *count = type ? memchr(type + 1, ':', (size_t)(end - type - 1)) : NULL;
        char *after = NULL;
        const long width = count ? strtol(count + 1, &after, 10) : 0;
        if (!count || after == count + 1 || after > end || (after != end && *after != ':') || width < 1 ||
            width > MOST_COLUMNS - r->columns)
            return nixe_fail(NIXE_REFUSED,
                             "-lattice_file %s: line 2: Properties must be names, types and numbers of columns, as in "
                             "species:S:1:pos:R:3, and no more than %d columns",
                             r->path, MOST_COLUMNS);
        column what = PASSED_OVER;
        for (column c = POSITION; c < KINDS; c++)
            if (is_word(name, (int)(type - name), column_name[c])) what = c;
        if (what == POSITION) r->width = (int)width;
        if ((what != PASSED_OVER && seen[what]++) || (what > POSITION && width != 1) ||
            (what == POSITION && width != 3 && width != r->kind->dimension))
            return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line 2: the column %s must be there once, with %d numbers",
                             r->path, column_name[what], what == POSITION ? 3 : 1);
        for (long c = 0; c < width; c++) r->of[r->columns++] = what;
        at = after < end ? after + 1 : end;
    }
    if (seen[POSITION]) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line 2: Properties names no column pos, of positions", r->path);
}

static nixe_status read_vectors(reader *r, const char *text, int length) {
    const char *at = text, *word;
    int count = 0, size;
    double number;
    while (next_word(&at, text + length, &word, &size)) {
        const int good = read_number(word, size, &number) && fabs(number) <= farthest;
        if (good && count < 9) r->vector[count / 3][count % 3] = number;
        count = good ? count + 1 : 10;
    }
    r->has_vectors = 1;
    if (count == 9) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line 2: Lattice must be 9 numbers, three vectors one after the other",
                     r->path);
}

static nixe_status read_periodic(reader *r, const char *text, int length) {
    const char *at = text, *word;
    int count = 0, size;
    while (next_word(&at, text + length, &word, &size)) {
        const int yes = strchr("Tt1", *word) != NULL, no = strchr("Ff0", *word) != NULL;
        if (count < 3) r->periodic[count] = yes;
        count = yes || no ? count + 1 : 4;
    }
    r->has_periodic = 1;
    if (count == 3) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line 2: pbc must be T or F for each of three vectors", r->path);
}

/* key=value, key="a value" or key alone, up to the end of the line. */
static nixe_status read_comment(reader *r) {
    const char *end = end_of_line(r);
    while (r->at < end) {
        while (r->at < end && is_blank(*r->at)) r->at++;
        const char *key = r->at;
        while (r->at < end && !is_blank(*r->at) && *r->at != '=') r->at++;
        const int key_length = (int)(r->at - key);
        if (r->at == end || *r->at != '=') continue;
        const char quote = ++r->at < end ? *r->at : '\0', closing = quote == '{' ? '}' : '"';
        const int quoted = quote == '"' || quote == '{';
        const char *value = r->at += quoted;
        while (r->at < end && (quoted ? *r->at != closing : !is_blank(*r->at))) r->at++;
        const int length = (int)(r->at - value);
        r->at += quoted && r->at < end;
        if (is_word(key, key_length, "Properties")) NIXE_TRY(read_columns(r, value, length));
        if (is_word(key, key_length, "Lattice")) NIXE_TRY(read_vectors(r, value, length));
        if (is_word(key, key_length, "pbc")) NIXE_TRY(read_periodic(r, value, length));
    }
    skip_line(r);
    for (int k = 0; k < 3 && !r->has_periodic; k++) r->periodic[k] = r->has_vectors;
    if (!r->has_vectors && (r->periodic[0] || r->periodic[1] || r->periodic[2]))
        return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line 2: pbc needs the vectors of the periods, Lattice", r->path);
    static const char plain[] = "species:S:1:pos:R:3";
    return r->columns ? NIXE_OK : read_columns(r, plain, (int)strlen(plain));
}

static nixe_status refuse_value(const reader *r, int site, column what, const char *allowed) {
    return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line %d: %s must be %s", r->path, FIRST_LINE + site, column_name[what],
                     allowed);
}

/* One value of a column; `number` of it where it has several. */
static nixe_status read_value(reader *r, int site, column what, int number, const char *word, int length) {
    double value = 0;
    const int good = read_number(word, length, &value);
    switch (what) {
        case PASSED_OVER:
        case KINDS: break;
        case POSITION:
            if (!good || fabs(value) > farthest) return refuse_value(r, site, what, "numbers up to 1e6");
            r->position[3L * site + number] = value;
            break;
        case LAYER:
            if (!good || value != floor(value) || value < 0 || value > NIXE_XYZ_LAYERS)
                return refuse_value(r, site, what, "a whole number from 0 to 10000");
            r->sites->layer[site] = (int32_t)value;
            break;
        case EXCHANGE:
            if (!good || value < 0 || value > 1e6) return refuse_value(r, site, what, "a number from 0 to 1e6");
            r->sites->exchange[site] = value;
            break;
        case FIELD:
            if (!good || fabs(value) > 1e100) return refuse_value(r, site, what, "a number up to 1e100");
            r->sites->field[site] = value;
            break;
        case START:
            if (is_word(word, length, "A") || (good && value == 1)) r->sites->start[site] = 1;
            else if (is_word(word, length, "B") || (good && value == -1)) r->sites->start[site] = -1;
            else return refuse_value(r, site, what, "A or B, or 1 or -1");
            break;
    }
    return NIXE_OK;
}

static nixe_status read_site(reader *r, int site) {
    const char *end = end_of_line(r), *at = r->at, *word;
    int length, columns = 0, number = 0;
    while (next_word(&at, end, &word, &length)) {
        if (columns < r->columns) NIXE_TRY(read_value(r, site, r->of[columns], number, word, length));
        number = columns < r->columns && r->of[columns] == POSITION ? number + 1 : number;
        columns++;
    }
    skip_line(r);
    if (columns != r->columns)
        return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line %d has %d columns instead of %d: line 1 says %d sites", r->path,
                         FIRST_LINE + site, columns, r->columns, r->sites->count);
    if (r->sites->layer[site] > 0 && r->sites->start[site] > 0)
        return refuse_value(r, site, START, "B where layer is above 0: shell sites are B for ever");
    return NIXE_OK;
}

static nixe_status read_sites(reader *r) {
    int core = 0;
    NIXE_TRY(nixe_allocate(&r->position, 3LL * r->sites->count, sizeof(double), "the sites of a file"));
    for (int site = 0; site < r->sites->count; site++) {
        NIXE_TRY(read_site(r, site));
        core += r->sites->layer[site] == 0;
        if (r->sites->layer[site] > r->sites->layers) r->sites->layers = r->sites->layer[site];
    }
    for (; r->at < r->end; r->at++)
        if (!is_blank(*r->at) && *r->at != '\n')
            return nixe_fail(NIXE_REFUSED, "-lattice_file %s: there is more behind the %d sites that line 1 says", r->path,
                             r->sites->count);
    if (core) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-lattice_file %s: no site has layer 0, that of the core", r->path);
}

/* Periods are whole multiples of cell vectors, each of another one. */
static nixe_status set_periods(reader *r) {
    double cell[3][3];
    nixe_lattice_cell(r->kind, cell);
    for (int v = 0; v < r->kind->dimension; v++) {
        int found = -1, cells = 0;
        for (int k = 0; k < r->kind->dimension && found < 0; k++) {
            double along = 0, square = 0, away = 0;
            for (int x = 0; x < 3; x++) along += r->vector[v][x] * cell[k][x], square += cell[k][x] * cell[k][x];
            for (int x = 0; x < 3; x++) away += fabs(r->vector[v][x] - round(along / square) * cell[k][x]);
            if (away > tolerance || r->sites->periodic[k]) continue;
            found = k;
            cells = (int)lround(along / square);
        }
        if (!r->periodic[v]) continue;
        if (found < 0 || cells < 1)
            return nixe_fail(
                NIXE_REFUSED,
                "-lattice_file %s: line 2: the period %g %g %g is no whole multiple of a cell vector of %s, each of "
                "which can have one",
                r->path, r->vector[v][0], r->vector[v][1], r->vector[v][2], r->kind->name);
        if (cells < 3)
            return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line 2: a period needs 3 cells or more, and %g %g %g has %d",
                             r->path, r->vector[v][0], r->vector[v][1], r->vector[v][2], cells);
        r->sites->periodic[found] = 1;
        r->sites->cells[found] = cells;
    }
    return NIXE_OK;
}

/* Places with the first site at site b of a cell; returns the number of the first position that is on no point, or `count`. */
static int fit_places(reader *r, int b, double *distance) {
    double first[3];
    nixe_lattice_place(r->kind, (int[3]){0}, b, first);
    for (int i = 0; i < r->sites->count; i++) {
        double x[3];
        for (int k = 0; k < 3; k++) x[k] = r->position[3L * i + k] - r->position[k] + first[k];
        *distance = nixe_place_find(r->kind, x, &r->sites->place[i]);
        if (*distance > tolerance) return i;
    }
    return r->sites->count;
}

/* Move the places within the periods, the first of which begin at the corner of a cell. */
static void wrap_places(reader *r) {
    const nixe_sites *sites = r->sites;
    for (int i = 0; i < sites->count; i++) {
        nixe_place *place = &sites->place[i];
        double x[3], y[3];
        nixe_lattice_place(r->kind, (int[3]){place->c[0], place->c[1], place->c[2]}, place->b, x);
        nixe_lattice_coordinates(r->kind, 1, x, y);
        for (int k = 0; k < r->kind->dimension; k++) {
            if (!sites->periodic[k]) continue;
            const int periods = (int)floor((y[k] + 1e-9) / sites->cells[k]);
            for (int m = 0; m < r->kind->dimension; m++) place->c[m] -= periods * sites->cells[k] * r->kind->cell[k][m];
        }
    }
}

static int compare_places(const void *one, const void *other) {
    const nixe_place *a = *(const nixe_place *const *)one, *b = *(const nixe_place *const *)other;
    for (int k = 2; k >= 0; k--)
        if (a->c[k] != b->c[k]) return a->c[k] < b->c[k] ? -1 : 1;
    if (a->b != b->b) return a->b - b->b;
    return a < b ? -1 : a > b;
}

/* Refuse a place that two lines have. */
static nixe_status check_twice(const reader *r) {
    const nixe_place **sorted;
    const nixe_sites *sites = r->sites;
    long twice = -1, before = -1;
    NIXE_TRY(nixe_allocate(&sorted, sites->count, sizeof *sorted, "the sites of a file"));
    for (int i = 0; i < sites->count; i++) sorted[i] = &sites->place[i];
    qsort(sorted, (size_t)sites->count, sizeof *sorted, compare_places);
    for (int i = 1; i < sites->count; i++) {
        if (memcmp(sorted[i], sorted[i - 1], sizeof *sorted[i])) continue;
        if (twice >= 0 && sorted[i] - sites->place >= twice) continue;
        twice = sorted[i] - sites->place;
        before = sorted[i - 1] - sites->place;
    }
    free(sorted);
    if (twice < 0) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-lattice_file %s: line %ld: the position is that of line %ld again", r->path,
                     FIRST_LINE + twice, FIRST_LINE + before);
}

/* Positions become places, whatever site of a cell the first one is. */
static nixe_status set_places(reader *r) {
    nixe_sites *sites = r->sites;
    int fits = -1;
    double distance = 0, off = 0;
    for (int i = 0; i < sites->count && r->kind->dimension == 2; i++)
        if (fabs(r->position[3L * i + 2] - r->position[2]) > tolerance)
            return nixe_fail(
                NIXE_REFUSED,
                "-lattice_file %s: line %d: the third coordinate is another than that of line %d, and %s has two dimensions",
                r->path, FIRST_LINE + i, FIRST_LINE, r->kind->name);
    for (int b = 0; b < r->kind->basis_sites && fits < sites->count; b++) {
        const int count = fit_places(r, b, &distance);
        if (count <= fits) continue;
        fits = count;
        off = distance;
    }
    if (fits < sites->count)
        return nixe_fail(
            NIXE_REFUSED,
            "-lattice_file %s: line %d: the position %g %g %g is %.2g off the next point of the lattice %s; positions "
            "are in units of a, the distance of nearest neighbours, in the orientation of the lattice",
            r->path, FIRST_LINE + fits, r->position[3L * fits], r->position[3L * fits + 1], r->position[3L * fits + 2], off,
            r->kind->name);
    wrap_places(r);
    NIXE_TRY(check_twice(r));
    for (int i = 0; i < sites->count; i++) {
        double x[3];
        const nixe_place *place = &sites->place[i];
        nixe_lattice_place(r->kind, (int[3]){place->c[0], place->c[1], place->c[2]}, place->b, x);
        for (int k = 0; k < r->kind->dimension; k++) sites->center[k] += x[k] / sites->count;
    }
    if (nixe_sites_are_close(r->kind, sites)) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-lattice_file %s: the %d positions lie too far apart for one crystal", r->path,
                     sites->count);
}

nixe_status nixe_xyz_read(const char *path, const char *text, size_t length, const nixe_lattice_kind *kind, nixe_sites *sites) {
    reader r = {.path = path, .at = text, .end = text + length, .kind = kind, .sites = sites};
    *sites = (nixe_sites){0};
    if (strlen(text) != length) return nixe_fail(NIXE_REFUSED, "-lattice_file %s: it is no text", path);
    NIXE_TRY(read_count(&r));
    NIXE_TRY(read_comment(&r));
    nixe_status status = read_sites(&r);
    if (!status) status = set_periods(&r);
    if (!status) status = set_places(&r);
    free(r.position);
    return status;
}
