/* Words of which fuzz_options.c makes its inputs: odd pieces, values of the options of the crystal, and crystals of each kind.
 */
#ifndef NIXE_TEST_FUZZ_WORDS_H
#define NIXE_TEST_FUZZ_WORDS_H

/* Odd pieces. clang-format would give each a line. */
/* clang-format off */
static const char *const pieces[] = {
    "\0", "\n", "\t", " ", "  ", ":", ": ", "- ", "? ", "[", "]", "{", "}", ",", "&a ", "*a", "&b [*a, *a]", "<<: *a",
    "!!str ", "!x!y ", "|\n ", ">\n ", "\"", "'", "\\0", "\\x", "\\u2028", "#", "%YAML 1.1\n", "%TAG ! tag:x\n", "---\n",
    "...\n", "\r\n", "\xef\xbb\xbf", "\xff\xfe", "\xc3\xa9", "\xe2\x80\xa8", "\x1b[31m", "\x80", "\xf0\x9f\x94\xac",
    "\xc0\x80", "@", "`", "=", "[[[[[[[[[[[[", "{a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}}",
    "- - - - - - - - - - - -", "null", "~", "none", "true", "no", "0", "1", "-1", "2", "3", "161", "1e5", "1e-4", "0.2",
    ".5", "-.5", "1e999", "-1e999", "1e101", "1e-301", "5e-324", "nan", ".nan", "inf", "-inf", ".inf", "0x10", "1p3",
    "1_000", "1e", "e1", "+1", "--1", "1,2,3", "1,,2", ",", "1,", "9007199254740993", "18446744073709551615",
    "18446744073709551616", "1e15", "1e16", "2147483648", "99.99999999999997", "A", "B", "random", "cube", "hexagon",
    "published", "informed", "separated", "linear", "x.h5", "/dev/null", "%s%n", "$(id)", "a b", "-", "--", "-1e5"};
/* clang-format on */
enum { PIECES = sizeof pieces / sizeof *pieces };

/* Values of options that say what the crystal is: good ones of some crystal, and wrong ones. "FILE": the crystal that the input
 * lists. The texts of one option are separated by blanks. */
static const struct {
    const char *name, *values;
} pools[] = {
    {"lattice_cells", "3,3 4,3,3 3,3,3 5,4 1,1,1 2,2 1,6 3,4,5,6 1.5,3 1e6,1e6,1e6 1e6,1e6 0,3,3 1000,3"},
    {"lattice_periodic", "1 2 3 1,2 2,3 1,3 1,2,3 3,2,1 1,1 4 1.5 2,1"},
    {"lattice_radius", "1 1.2 1.8 2.2 3 0.3 1e-300 1e6 4e4 none"},
    {"lattice_length", "3 2.5 6 0.1 1e-9 1e6 2e5 none"},
    {"lattice_axis", "0,0,1 1,1,0 1,1,1 -1,2,0.5 0,0,0 1e-300,0,0 1,0 1e6,1e6,1 1e-9,0,1"},
    {"lattice_faces",
     "111:1.7 100:1.5 111:2.2,100:2 10:2.5 11:2 10-10:1.8,0001:1.7 10-11:2 110:1.7 111:1,111:2 110:2,111:1.9,100:2 00:1 000:1 "
     "999:5 123:2.2,321:2 100:1e6 111:1e-9 111 111:0 :1 --1:2 1-11:1.7 100:2,, 10-10:1 0001:1.7 1111:2 11-20:2,0001:1 "
     "100:1.5,010:1e6,001:1e5 123:1,124:1,125:1"},
    {"lattice_single_faces",
     "100:1,-100:1,010:1,0-10:1,001:1,00-1:1 111:0.3 -1-11:0.6 10:1,-10:1,01:1,0-1:1 10:0.5,-10:0.5,01:1e6,0-1:1e6 "
     "100:0.6,-100:0.6,010:0.6,0-10:0.6,001:1e5,00-1:1e5 0001:0.5 000-1:1 111:1e6 12:3,-1-2:1e6"},
    {"lattice_center", "site 0,0 0,0,0 0.5,0.5 0.5,0.5,0.5 0.5,0.2887 0.25,0.25,0.25 1e6,1e6,1e6 -1e6,3 nan,0 0.5 ,,"},
    {"lattice_file", "FILE FILE FILE input/fcc_particle.xyz input/kmc_ising.yaml nowhere.xyz . /dev/null"},
    {"shell_layers", "0 1 2 1 1e4"},
    {"shell_stiffness", "1 2.5 1,3 0.1,1e6 0"},
    {"bond_stiffness", "1 2 1,0.5 0.3,2 1,1,1 1e6,1e-300 0,1 -1"},
    {"bond_mismatch", "1 0.8 1,1.41421356 0,1 1,0 1,1,1"},
    {"bond_diffusion", "1 1,0 0,1 0.5,2 0 0,0"},
    {"bond_ising", "1 1,0 1,0.5 0 1,1,1"},
    {"exchange_faces",
     "111:0 100:3 111:0,100:1 side:0 end:2 side:0,end:0 surface:0 surface:2 1:0 2:1,3:0 1: :1 10:0 0001:0 x:1 "
     "111:-1 111:1e7 111:0,111:1"},
    {"exchange_bonds", "3:10 3:10,4:2 5:0 0:1 1:2 12:1 13:1 5:-1 5 :2 3:1,3:2 8:0,7:0,6:0,5:0,4:0,3:0 99999999999:1"},
    {"mc_start", "random separated lattice"},
    {"kmc_start", "A B random separated lattice"},
    {"kmc_schedule",
     "1:dmu=20 1:dmu=20,2:dmu=-20:kT=0.3 1:kT=1 1:kT=0 0:dmu=1 1e-3:dmu=1,1e-3:kT=2 2:dmu=1,1:dmu=2 1e5:dmu=1 1:mu=2 1 : = "
     ":dmu "
     "dmu=1:time=3 time=1:kT=1e300 1:dmu=nan 1:dmu=1:dmu=2 none 1:kT=1e-300 1:dmu=1e100"},
};
enum { POOLS = sizeof pools / sizeof *pools };

/* Crystals of each kind. */
static const char *const crystals[] = {
    "-lattice_edge 3",
    "-lattice_shape cube -lattice_edge 3",
    "-lattice_type triangular -lattice_shape disc -lattice_radius 2.6",
    "-lattice_type triangular -lattice_shape box -lattice_cells 5,4 -lattice_periodic 1,2",
    "-lattice_type triangular -lattice_shape polyhedron -lattice_faces 10:2.5,11:2",
    "-lattice_type square -lattice_shape disc -lattice_radius 3 -bond_stiffness 1,0.5 -lattice_center 0.5,0.5",
    "-lattice_type square -lattice_shape box -lattice_cells 5,4 -lattice_periodic 2 -bond_mismatch 1,1.41421356",
    "-lattice_type square -lattice_shape polyhedron -lattice_single_faces 10:2,-10:1,01:2,0-1:1",
    "-lattice_type sc -lattice_shape box -lattice_cells 3,4,3 -bond_stiffness 1,0.776 -bond_mismatch 1,1.41421356",
    "-lattice_type sc -lattice_shape rod -lattice_radius 1.5 -lattice_length 4 -lattice_axis 1,1,0",
    "-lattice_type sc -lattice_shape polyhedron -lattice_faces 110:2,111:1.9,100:2",
    "-lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:1.7,100:1.5",
    "-lattice_type fcc -lattice_shape sphere -lattice_radius 1.8",
    "-lattice_type fcc -lattice_shape box -lattice_cells 3,3,3 -lattice_periodic 1,2,3",
    "-lattice_type fcc -lattice_shape file -lattice_file FILE",
    "-lattice_type bcc -lattice_shape sphere -lattice_radius 2.2 -bond_stiffness 1,0.6 -bond_mismatch 1,1.2",
    "-lattice_type bcc -lattice_shape box -lattice_cells 3,3,2 -lattice_periodic 1,2",
    "-lattice_type bcc -lattice_shape file -lattice_file FILE",
    "-lattice_type hcp -lattice_shape rod -lattice_radius 1.8 -lattice_length 4",
    "-lattice_type hcp -lattice_shape polyhedron -lattice_faces 10-10:1.8,0001:1.7 -lattice_center 0.5,0.2887,0",
    "-lattice_type hcp -lattice_shape box -lattice_cells 3,3,3 -lattice_periodic 3",
    "-lattice_type hcp -lattice_shape file -lattice_file FILE",
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

/* Crystals that a file lists, before they are changed. */
static const char *const listed[] = {
    "13\nProperties=species:S:1:pos:R:3:exchange:R:1:start:S:1\nA 0 0 0 1 A\n"
    "A 0.707106781 0.707106781 0 1 A\nA 0.707106781 -0.707106781 0 2 B\nA -0.707106781 0.707106781 0 1 A\n"
    "A -0.707106781 -0.707106781 0 0 A\nA 0.707106781 0 0.707106781 1 B\nA 0.707106781 0 -0.707106781 1 A\n"
    "A -0.707106781 0 0.707106781 1 A\nA -0.707106781 0 -0.707106781 1 A\nA 0 0.707106781 0.707106781 1 A\n"
    "A 0 0.707106781 -0.707106781 1 A\nA 0 -0.707106781 0.707106781 3 A\nA 0 -0.707106781 -0.707106781 1 A\n",
    "9\nProperties=pos:R:3:layer:I:1:field:R:1 pbc=\"F F F\" Lattice=\"9 0 0 0 9 0 0 0 9\"\n0 0 0 0 0.1\n"
    "0.577350269 0.577350269 0.577350269 0 0\n1.154700538 0 0 1 0\n0 1.154700538 0 0 0\n0 0 1.154700538 0 -2\n"
    "1.154700538 1.154700538 0 0 0\n1.154700538 0 1.154700538 1 0\n0 1.154700538 1.154700538 0 1e3\n"
    "1.154700538 1.154700538 1.154700538 0 0\n",
    "9\nLattice=\"3 0 0 0 3 0 0 0 1\" pbc=\"T T F\" Properties=species:S:1:pos:R:3:start:I:1\n"
    "A 0 0 0 1\nA 1 0 0 -1\nA 2 0 0 1\nA 0 1 0 1\nA 1 1 0 -1\nA 2 1 0 1\nA 0 2 0 1\nA 1 2 0 -1\nA 2 2 0 1\n",
    "8\n\nA 0 0 0\nA 1 0 0\nA 0.5 0.866025404 0\nA 0.5 0.288675135 0.816496581\nA -0.5 0.866025404 0\nA -1 0 0\n"
    "A -0.5 0.288675135 0.816496581\nA 0 -0.577350269 0.816496581\n",
};
enum { LISTED = sizeof listed / sizeof *listed };

#endif
