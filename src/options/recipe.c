/* Recipe: what the options say of the crystal. Not collective. */
#include "nixe/options/recipe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const nixe_shape_rule *rule_of(const nixe_options *options) { return &nixe_shape_rules[options->lattice_shape]; }

nixe_status nixe_recipe_fit_type(nixe_options *options) {
    const char *plain = rule_of(options)->plain;
    for (int t = 0; t < NIXE_LATTICE_TYPES && plain; t++)
        if (!strcmp(nixe_lattice_kinds[t].name, plain)) options->lattice_type = t;
    if (plain) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-lattice_shape %s: needs -lattice_type", rule_of(options)->name);
}

int nixe_recipe_has_surface(const nixe_options *options) {
    const int d = nixe_lattice_kinds[options->lattice_type].dimension;
    return options->lattice_shape != NIXE_BOX || options->lattice_periodic.count < d;
}

/* Whether a word is among those of a list separated by blanks. */
static int is_among(const char *word, const char *list) {
    const size_t length = strlen(word);
    for (const char *at = strstr(list, word); at; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ' ')) return 1;
    return 0;
}

/* Refuse sizes that are missing, and sizes that are another shape's. */
static nixe_status check_sizes(const nixe_options *options) {
    const nixe_shape_rule *rule = rule_of(options);
    for (int i = 0; i < nixe_option_count; i++) {
        const nixe_option *option = &nixe_option_table[i];
        int of_a_shape = 0, is_default;
        for (int s = 0; s < NIXE_SHAPES; s++)
            of_a_shape |=
                is_among(option->name, nixe_shape_rules[s].needs) || is_among(option->name, nixe_shape_rules[s].may_have);
        if (!of_a_shape) continue;
        NIXE_TRY(nixe_option_is_default(option, options, &is_default));
        if (is_default && is_among(option->name, rule->needs))
            return nixe_fail(NIXE_REFUSED, "-lattice_shape %s: needs -%s", rule->name, option->name);
        if (!is_default && !is_among(option->name, rule->needs) && !is_among(option->name, rule->may_have))
            return nixe_fail(NIXE_REFUSED, "-%s: a %s does not have it; its size is given by %s%s%s", option->name, rule->name,
                             rule->needs, *rule->needs && *rule->may_have ? " " : "", rule->may_have);
    }
    return NIXE_OK;
}

/* Whole numbers, as many as the lattice has dimensions. */
static nixe_status read_cells(const nixe_options *options, nixe_recipe *recipe) {
    const int d = nixe_lattice_kinds[recipe->type].dimension;
    const nixe_list *cells = &options->lattice_cells, *periodic = &options->lattice_periodic;
    if (cells->count && cells->count != d)
        return nixe_fail(NIXE_REFUSED, "-lattice_cells: needs %d numbers, one for each cell vector, not %d", d, cells->count);
    for (int k = 0; k < cells->count; k++) {
        recipe->cells[k] = (int)cells->value[k];
        if (cells->value[k] != floor(cells->value[k]))
            return nixe_fail(NIXE_REFUSED, "-lattice_cells %g: must be whole numbers", cells->value[k]);
    }
    for (int p = 0; p < periodic->count; p++) {
        const int k = (int)periodic->value[p] - 1;
        if (periodic->value[p] != k + 1 || k >= d || recipe->periodic[k])
            return nixe_fail(NIXE_REFUSED, "-lattice_periodic: must name cell vectors from 1 to %d, each once", d);
        if (recipe->cells[k] < 3)
            return nixe_fail(NIXE_REFUSED, "-lattice_periodic %d: a period needs 3 cells or more, and -lattice_cells has %d",
                             k + 1, recipe->cells[k]);
        recipe->periodic[k] = 1;
    }
    return NIXE_OK;
}

/* `site`, or as many numbers as the lattice has dimensions. */
static nixe_status read_center(const nixe_options *options, nixe_recipe *recipe) {
    const int d = nixe_lattice_kinds[recipe->type].dimension;
    const char *text = options->lattice_center;
    char *end;
    if (!strcmp(text, "site")) return NIXE_OK;
    for (int k = 0; k < d; k++, text = end + 1) {
        recipe->center[k] = strtod(text, &end);
        if (end == text || *end != (k < d - 1 ? ',' : '\0') || !(fabs(recipe->center[k]) <= 1e6))
            return nixe_fail(NIXE_REFUSED,
                             "-lattice_center %.60s: must be site, or %d numbers up to 1e6 with commas between them",
                             options->lattice_center, d);
    }
    return NIXE_OK;
}

nixe_status nixe_recipe_read(const nixe_options *options, nixe_recipe *recipe) {
    *recipe = (nixe_recipe){.type = (nixe_lattice_type)options->lattice_type,
                            .shape = (nixe_shape)options->lattice_shape,
                            .edge = (int)options->lattice_edge,
                            .shell_layers = (int)options->shell_layers,
                            .radius = options->lattice_radius,
                            .length = options->lattice_length,
                            .faces = options->lattice_faces,
                            .single_faces = options->lattice_single_faces,
                            .exchange_faces = options->exchange_faces,
                            .exchange_bonds = options->exchange_bonds};
    NIXE_TRY(check_sizes(options));
    if (recipe->shape == NIXE_LISTED && recipe->shell_layers)
        return nixe_fail(NIXE_REFUSED, "-shell_layers %d: a crystal from a file has the layers of its column layer",
                         recipe->shell_layers);
    NIXE_TRY(read_cells(options, recipe));
    NIXE_TRY(read_center(options, recipe));
    if (options->lattice_axis.count != 3)
        return nixe_fail(NIXE_REFUSED, "-lattice_axis: needs 3 numbers, not %d", options->lattice_axis.count);
    memcpy(recipe->axis, options->lattice_axis.value, sizeof recipe->axis);
    return NIXE_OK;
}

/* The constant of a class: that of the list, which has one for each, or 1 for all by default. */
static nixe_status constant(const nixe_list *list, const char *name, const nixe_lattice *lattice, int class, double *value) {
    if (list->count != lattice->classes && (list->count != 1 || list->value[0] != 1))
        return nixe_fail(NIXE_REFUSED, "-%s: needs %d number%s, one for each class of bonds of %s, not %d", name,
                         lattice->classes, lattice->classes == 1 ? "" : "s", nixe_lattice_kinds[lattice->type].name,
                         list->count);
    *value = list->count == lattice->classes ? list->value[class] : 1;
    return NIXE_OK;
}

nixe_status nixe_recipe_set_classes(const nixe_options *options, nixe_lattice *lattice) {
    for (int c = 0; c < lattice->classes; c++) {
        nixe_bond_class *class = &lattice->bond_class[c];
        NIXE_TRY(constant(&options->bond_stiffness, "bond_stiffness", lattice, c, &class->stiffness));
        NIXE_TRY(constant(&options->bond_mismatch, "bond_mismatch", lattice, c, &class->mismatch));
        if (options->command == NIXE_KMC)
            NIXE_TRY(constant(&options->bond_diffusion, "bond_diffusion", lattice, c, &class->diffusion));
        if (nixe_command_samples(options->command))
            NIXE_TRY(constant(&options->bond_ising, "bond_ising", lattice, c, &class->ising));
    }
    return NIXE_OK;
}
