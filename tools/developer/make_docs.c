/* make_docs: the pages of the documentation that come from the program's own tables.
 *
 *   make_docs options             docs/options.md, from the table of options
 *   make_docs format              docs/format.md, from the table of datasets
 *   make_docs man COMMAND DATE    the page of a command for man, or that of nixe
 *   make_docs completion          what bash completes
 *
 * `make docs` writes the first two, `make install` the others. */
#include <stdio.h>
#include <string.h>

#include "manual.h"
#include "nixe/file/hdf5.h"

/* Text inside a cell of a table. */
static void print_cell(const char *text) {
    for (; *text; text++) {
        if (*text == '|' || *text == '<') putchar('\\');
        putchar(*text);
    }
}

/* Names of a set of commands, with commas between them. */
static void print_commands(unsigned commands) {
    const char *before = "";
    for (int i = 0; i < nixe_command_count; i++) {
        if (!(commands & nixe_command_table[i].command)) continue;
        printf("%s%s", before, nixe_command_table[i].name);
        before = ", ";
    }
}

static void print_option(const nixe_option *option) {
    char allowed[256];
    nixe_option_allowed(option, (nixe_command)(option->lists ? option->lists : option->commands), allowed, sizeof allowed);
    const char *value = option->default_value;
    printf("| `-%s` | ", option->name);
    print_cell(option->description);
    printf(" | ");
    print_cell(allowed);
    printf(" | %s", !value ? "required" : *value ? value : "none");
    if (option->mc_default) printf("; mc: %s", option->mc_default);
    if (option->default_rule) printf("; %s", option->default_rule);
    printf(" | %s | ", option->unit);
    print_commands(option->commands);
    printf(" |\n");
}

static void print_option_heading(void) {
    printf("| option | meaning | allowed | default | unit | commands |\n|---|---|---|---|---|---|\n");
}

/* A heading where a new section begins, then the options of it, in the order of the table. */
static void print_sections(void) {
    char section[64] = "";
    for (int i = 0; i < nixe_option_count; i++) {
        const nixe_option *option = &nixe_option_table[i];
        size_t length = strcspn(option->name, "_");
        if (option->execution) continue;
        if (strncmp(section, option->name, length) != 0 || section[length]) {
            snprintf(section, sizeof section, "%.*s", (int)length, option->name);
            printf("\n## %s\n\n", section);
            print_option_heading();
        }
        print_option(option);
    }
}

static void print_options_page(void) {
    puts(
        "# Options\n"
        "\n"
        "This page is for finding an option: what it means, what is allowed, its default, its unit. It is made from the table\n"
        "that the program itself reads (`make docs`). `nixe help COMMAND` prints the same in a terminal.\n"
        "\n"
        "| command | what it does |\n"
        "|---|---|");
    for (int i = 0; i < nixe_command_count; i++)
        printf("| `nixe %s` | %s |\n", nixe_command_table[i].name, nixe_command_table[i].description);
    puts(
        "\n"
        "## How to give them\n"
        "\n"
        "**On the command line**, after the command, as `-name value`:\n"
        "\n"
        "```sh\n"
        "mpirun -n 4 build/nixe kmc -lattice_edge 12 -model_dmu -10 -output_file run.h5\n"
        "```\n"
        "\n"
        "An option whose value is true or false may stand alone: `-output_overwrite` means true.\n"
        "\n"
        "**In a YAML file**, named by `-input`. Nested keys join with `_`, so that the first word of a name can be a section.\n"
        "The headings below are these sections.\n"
        "\n"
        "```yaml\n"
        "lattice: {edge: 12}\n"
        "model:\n"
        "  dmu: -10\n"
        "ensemble_size: 400\n"
        "```\n"
        "\n"
        "**Both together.** The command line wins over the file, and the file over the default. Given twice on the command\n"
        "line, the later value counts; given twice in the file, it is refused.\n"
        "\n"
        "**Numbers** may be written `100000` or `1e5`, whole numbers too. A list is written `1,5,10` on the command line and\n"
        "`[1, 5, 10]` in YAML. In a YAML file that other programs read as well, write `1.0e-04` rather than `1e-4`: some\n"
        "YAML readers take the latter for a word.\n"
        "\n"
        "**What is refused.** A name that is not known (nixe suggests the nearest), a value outside its range, an option\n"
        "that the command does not have, and one that can change nothing where the others are as they are\n"
        "(`-shell_stiffness 5` without a shell; its default passes): nixe says so in one sentence and ends with status 2,\n"
        "before any work. What `.petscrc` and `PETSC_OPTIONS` say of the options below is not heard. A YAML file may have up\n"
        "to 1 MB, 400 options, mappings and lists nested 9 deep, and 100 anchors and aliases.\n"
        "\n"
        "**Defaults** follow what is given where the table says so. With `-resume`, options that are not given have the\n"
        "values of the output file, if it is there: `nixe mc -resume -mc_sweeps 2e5 -output_file run.h5` makes a run longer.\n"
        "\n"
        "**Units.** nixe has no kelvins and no seconds. Energies are in whatever unit you give `-model_epsilon`, `-model_J`,\n"
        "`-model_kT` and `-model_dmu` in; times are in the inverse of the unit of `-model_k_ex` and `-model_k_diff`; lengths\n"
        "are in lattice parameters *a*. The symbols are explained in [theory.md](theory.md).");
    print_sections();
    puts(
        "\n## Execution options\n"
        "\n"
        "They say what a run reads, writes and prints. They change no number of its results and are not stored in the file.\n");
    print_option_heading();
    for (int i = 0; i < nixe_option_count; i++)
        if (nixe_option_table[i].execution) print_option(&nixe_option_table[i]);
    puts(
        "\n## Options of PETSc and SLEPc\n"
        "\n"
        "nixe solves its elastic equations with PETSc. Options that begin as follows are handed to these libraries\n"
        "without a look, so that nixe does not notice a misspelt one. `-log_view`, for instance, prints where\n"
        "the time goes: of PETSc's operations, and of the stages of a run (set-up, solve, sampling, observables, output).\n");
    for (int i = 0; nixe_library_prefix[i]; i++) printf("%s`-%s`", i ? ", " : "", nixe_library_prefix[i]);
    puts("\n\nNext: [The file](format.md).");
}

static const char *type_name(nixe_type type) {
    static const char *const name[] = {"float64", "int64", "int32", "int8", "uint8", "text"};
    return name[type];
}

/* The group of a path, with its slash: "/kmc/" of "/kmc/snapshot/sigma", "/" of "/phase". */
static int group_length(const char *path) {
    const char *slash = strchr(path + 1, '/');
    return slash ? (int)(slash - path) + 1 : 1;
}

static void print_dataset(const nixe_dataset *dataset) {
    printf("| `%s` | ", dataset->path);
    for (int a = 0; a < dataset->rank; a++) printf("%s%s", a ? " x " : "", nixe_axis_letter[dataset->axis[a]]);
    printf(" | %s | %s | ", type_name(dataset->type), dataset->units);
    print_cell(dataset->description);
    printf(" | ");
    if (dataset->commands & NIXE_FILE_REPLICA_EXCHANGE) printf("mc with replica exchange");
    else print_commands(dataset->commands);
    if (dataset->commands == NIXE_POTENTIAL) printf("; kmc and mc with `-output_potential`");
    if (dataset->commands & NIXE_FILE_SURFACE) printf(", of crystals with a surface");
    if (dataset->commands & NIXE_FILE_LISTED) printf(", of crystals from a file");
    if (dataset->commands & NIXE_FILE_BULK) printf(", of the bulk");
    if (dataset->commands & NIXE_FILE_SCHEDULE) printf(", with a schedule");
    if (dataset->commands & NIXE_FILE_PERIODIC) printf(", of periodic crystals");
    if (dataset->commands & NIXE_FILE_FLIPS) printf(", with flips");
    if (dataset->commands & NIXE_FILE_COMPOSITIONS) printf(", with a list of compositions");
    if (dataset->commands & NIXE_FILE_CROSS_ENERGIES) printf(", with energies at other stiffnesses");
    if (dataset->commands & NIXE_FILE_AUTO) printf(", with `-mc_equilibration auto`");
    if (dataset->commands & NIXE_FILE_PATH) printf(", along a path");
    printf(" |\n");
}

static void print_groups(void) {
    const char *group = "";
    for (int i = 0; i < NIXE_DATASETS; i++) {
        const char *path = nixe_dataset_table[i].path;
        int length = group_length(path);
        if (length != group_length(group) || strncmp(group, path, (size_t)length) != 0) {
            printf("\n### %.*s\n\n| path | shape | type | units | what it is | in the files of |\n|---|---|---|---|---|---|\n",
                   length > 1 ? length - 1 : 1, path);
            group = path;
        }
        print_dataset(&nixe_dataset_table[i]);
    }
}

static void print_axes(void) {
    puts("| axis | its dimension scale | what the scale holds |\n|---|---|---|");
    for (int axis = 0; axis < NIXE_AXES; axis++) {
        const nixe_dataset *scale = &nixe_dataset_table[nixe_axis_scale[axis]];
        printf("| %s | `%s` | ", nixe_axis_letter[axis], scale->path);
        print_cell(scale->description);
        printf(" |\n");
    }
}

/* The bytes of one row: a sum of one term for each kind of shape. */
static void print_row_bytes(void) {
    size_t alone = 0, times = 0, snapshots = 0, checksums = 1;
    for (int i = 0; i < NIXE_DATASETS; i++)
        checksums += (nixe_dataset_table[i].commands & NIXE_KMC) && (nixe_dataset_table[i].commands & NIXE_FILE_CHECKED);
    for (int i = 0; i < NIXE_DATASETS; i++) {
        const nixe_dataset *dataset = &nixe_dataset_table[i];
        size_t bytes = nixe_type_bytes(dataset->type);
        if (dataset->axis[0] != NIXE_AXIS_TRAJECTORY) continue;
        if (dataset->rank > 2 && dataset->axis[2] == NIXE_AXIS_PHASE) bytes *= 5;
        if (dataset->rank > 2 && dataset->axis[2] != NIXE_AXIS_PHASE && dataset->axis[1] == NIXE_AXIS_TIME) continue;
        if (dataset->rank == 1) alone += bytes;
        else if (dataset->axis[1] == NIXE_AXIS_CHECKSUM) alone += checksums * bytes;
        else if (dataset->axis[1] == NIXE_AXIS_TIME) times += bytes;
        else snapshots += bytes;
    }
    printf(
        "A trajectory takes T x (%zu + 8 x (classes + depths + faces)) + S x N x %zu + %zu bytes: 48 kB with the default\n"
        "recording and 721 sites.\n",
        times, snapshots, alone);
}

static void print_format_page(void) {
    printf(
        "# The file\n"
        "\n"
        "This page is for whoever reads the files of nixe: every dataset and every attribute.\n"
        "\n"
        "A run writes one HDF5 file, which any HDF5 reader opens (h5py, MATLAB, Julia, `h5dump`). It says itself what it\n"
        "holds: every dataset has the attributes `units`, `long_name` (a few words, for plots) and `description`, and every\n"
        "axis has a dimension scale, at the root of the file.\n"
        "[tools/nixe/file](../tools/nixe/file) reads it in Python. This page is made from the table by which the\n"
        "program lays its files out (`make docs`); it describes format version %d.\n",
        NIXE_FORMAT_VERSION);
    puts(
        "\n## Attributes of the file\n"
        "\n"
        "| attribute | type | what it is |\n"
        "|---|---|---|\n"
        "| `program` | text | `nixe` |\n"
        "| `version`, `commit` | text | of the program that wrote the file |\n"
        "| `command` | text | the command that wrote it, for instance `kmc` |\n"
        "| `input` | text | every option in force, execution options aside, as YAML. Saved to a file and given to `-input`, it "
        "makes the same results again |\n"
        "| `created` | text | when the file was made, UTC, as 2026-01-31T12:00:00Z |\n"
        "| `checksum` | uint64 | FNV-1a hash of `command` and `input`; datasets that are written once have one, too |\n"
        "| `start` | text | only with `-kmc_start FILE`: hash of its configurations; a run goes on from the same ones only |\n"
        "| `arithmetic` | text | what a run of `kmc` or `mc` samples in, `fixed point` or `double precision`; `-resume` goes "
        "on in "
        "the same one only |\n"
        "| `algorithm` | text | how a run of `kmc` finds its events, `eager` or `lazy`; the same holds |\n"
        "| `crystal` | text | only with `-lattice_shape file`: hash of the content of `-lattice_file`; a run goes on from the "
        "same one only |\n"
        "| `response` | text | only where displacements are solved for, with factors of the stiffness matrix: `factors`. Else "
        "they come from a table. Which one follows from the crystal; both agree to ten digits |\n"
        "| `libraries` | text | only where there are any: options of PETSc and SLEPc that may change digits, from wherever "
        "they came |\n"
        "| `tables` | text | hash of the (first) table that a run of `kmc` or `mc` computed with. `-resume` on a machine that "
        "rounds "
        "otherwise finds it different and warns; absent where nothing is elastic |\n"
        "| `merged_from` | text | only in a file that tools/merge.py has joined: the files it was made of, by their paths from "
        "its "
        "folder, a line each. Its rows are virtual datasets of HDF5 that lead there, or copies |\n"
        "| `merged_seeds` | text | in such a file where they differ: the seed of each of them |\n"
        "| `format_version` | int32 | of this page; it grows when something changes its meaning or its place |\n"
        "| `complete` | uint8 | 1 once the run has come to its end, else 0 |\n"
        "\n"
        "The datasets depend on the options alone: not on the number of ranks, nor on who computed what. This holds bit for\n"
        "bit for one binary on one kind of processor; elsewhere, rounding can send a trajectory another way.\n"
        "\n"
        "## Axes\n");
    print_axes();
    puts(
        "\nThe group `/lattice` has attributes, too: `type` and `shape` of the crystal, `faces` (the names of its faces, "
        "blanks\n"
        "between them, none where it has no surface), `operations` (how many rotations and reflections map it onto itself),\n"
        "`center` (added to a position, it gives the place in a lattice that has the corner of a cell at its origin),\n"
        "`period_cells` (cells along each cell vector, 0 where the crystal is not periodic along it) and `bulk` (1 where\n"
        "it is periodic in all directions, whole, and without a shell). `/spectrum/V` and `/spectrum/D` have `zero_modes` and\n"
        "`zero_modes_expected` (-1 where theory has no number); `/spectrum/order`, of the bulk, has `mean`, of all "
        "eigenvalues\n"
        "of V, and `temperature`, that less the least V_q, both in units of epsilon.");
    puts("\n## Datasets");
    print_groups();
    puts(
        "\nA row of `/kmc` is a trajectory. A value at a recorded time is the one in force then. A trajectory that is\n"
        "complete stays in its final state for the rest of the times. Where a crystal has no averaged sites, `f` and\n"
        "the areas are NaN.\n"
        "\n"
        "## V from its rows\n"
        "\n"
        "An operation that maps the crystal onto itself leaves $V$ as it is, and so the rows of one site of each orbit are\n"
        "enough. For site i let o be its `orbit`, g its `operation` and t its `translation`. Then\n"
        "\n"
        "`V[i, T(t, image[g, j])] = row[o, j]` for all sites j,\n"
        "\n"
        "where T(t, j) is the site at x_j + x_t - x_0, taken back by whole periods (`/lattice/cell`) to where there is one; it "
        "is "
        "j itself\n"
        "where t = 0, as in every crystal without periods. In the bulk the one operation leaves sites where they are, and the\n"
        "translations do everything: $V$ depends on the way between two sites alone. `interactions()` and `potential()` of\n"
        "tools/nixe/file read $V$ in this way, `interactions(i)` within a second of a million sites; "
        "`/potential/V` "
        "holds\n"
        "the same numbers to rounding, where it is there, and exactly symmetric.\n"
        "\n"
        "## Rows without data\n"
        "\n"
        "The file has its full size from the start. What is not there yet reads as NaN (float64), -1 (int64, int32)\n"
        "or 0 (int8, uint8); a sigma of 0 is therefore no ion but a gap.\n"
        "\n"
        "While trajectories run, the ranks meet every two seconds, or less often where writing is slow, to write what\n"
        "they have finished. The data of a row are written and flushed first; then its flag in `/kmc/done` becomes 1.\n"
        "So take the rows where `/kmc/done` is 1, and no others.\n"
        "\n"
        "What is measured of a trajectory under way is in its row already, up to some recorded time, and its flag is 0: for a\n"
        "look (`Unfinished` of tools/nixe/unfinished.py), not for results. It is written again when the row is whole.\n"
        "\n"
        "Rows finish in no particular order, and short trajectories finish first: a mean over the first few rows of a run\n"
        "that is under way leans towards short ones.\n"
        "\n"
        "A file can be opened at any moment, also after the run has been killed: `complete` is then 0, and the flagged rows\n"
        "are good. A file named `.partial` at the end is what remains of a run that was killed while it made its file;\n"
        "the next run of that file removes it.\n"
        "\n"
        "## Reading while it grows\n"
        "\n"
        "Open the file for reading and without a lock, take the flagged rows, close it, and open it again for more:\n"
        "\n"
        "```python\n"
        "import h5py\n"
        "\n"
        "with h5py.File(\"run.h5\", \"r\", locking=False) as file:\n"
        "    done = file[\"/kmc/done\"][:] == 1\n"
        "    composition = file[\"/kmc/composition\"][:][done]\n"
        "print(len(composition), \"trajectories so far\")\n"
        "```\n"
        "\n"
        "With an h5py that does not know `locking`, set HDF5_USE_FILE_LOCKING=FALSE in the environment; `File` of\n"
        "tools/nixe/file does this by itself. Never open a growing file for writing. On a network file system a reader on\n"
        "another machine may see rows some seconds late.\n"
        "\n"
        "## In programs of others\n"
        "\n"
        "The file is also one of netCDF-4: what reads that finds the axes of every group by their names. So do xarray, with\n"
        "both of its engines (`h5netcdf`, `netcdf4`), and `ncdump`. A group is opened by itself: in xarray,\n"
        "`open_dataset(\"run.h5\", group=\"/kmc\")` has the datasets of `/kmc`, and `open_dataset(\"run.h5\")` the "
        "coordinates\n"
        "of all axes.\n"
        "\n"
        "## Versions of the format\n"
        "\n"
        "Files of version 1 had the scales in the groups `/axis`, `/kmc` and `/mc`, where times and sweeps of different\n"
        "axes were called alike; names in the singular, `bond`, `checksum` and `pair`, for what is called `bonds`,\n"
        "`checksums` and `pairs` now; one hash for a whole trajectory; and no `long_name`. tools/nixe/file reads both\n"
        "versions, and finds a dataset by its path in either. `nixe status` and `-kmc_start` take both; `-resume` and\n"
        "`nixe status --verify` take files of version 2 only. A version that is not known is refused.\n"
        "\n"
        "## Size\n");
    print_row_bytes();
    puts(
        "The rows of V take 8 x orbits x N bytes a stiffness, the images of the sites 4 x operations x N, and V itself, where "
        "it\n"
        "is there, 8 N^2, 200 MB at the most: a bulk crystal of a million sites is a file of 190 MB, most of it its bonds. "
        "nixe\n"
        "refuses a run whose file does not fit on the disk.\n"
        "\n"
        "## What it is not for\n"
        "\n"
        "- It is no record of every event: it holds recorded times and stored configurations. Choose them with\n"
        "  `-kmc_time_count` and `-kmc_snapshots` before the run; they do not change the trajectories.\n"
        "- It is no archive format: nothing is compressed, so that the file can be read while it grows. `h5repack` makes a\n"
        "  compressed copy of a finished one: see [Archives](analysis.md#archives).\n"
        "- It does not hold the states of unfinished trajectories and replicas: these are in FILE.checkpoint beside it, from\n"
        "  which `-resume` goes on.\n"
        "- It does not grow: a run with more trajectories, replicas or sweeps (`-resume`) writes a larger file and puts it in "
        "the\n"
        "  place of this one when it is whole. Parts of an ensemble are files of their own, told apart by `/trajectory`.\n"
        "\n"
        "Next: [Clusters](clusters.md).");
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "options")) print_options_page();
    else if (argc == 2 && !strcmp(argv[1], "format")) print_format_page();
    else if (argc == 2 && !strcmp(argv[1], "completion")) manual_print_completion();
    else if (argc != 4 || strcmp(argv[1], "man") != 0 || !manual_print_page(argv[2], argv[3]))
        return fprintf(stderr, "usage: make_docs options | format | man COMMAND DATE | completion\n"), 2;
    return 0;
}
