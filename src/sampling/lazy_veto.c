/* Lazy veto: whether a candidate that its block's bound lets pass fails by what is pending. Nothing here is collective. */
#include <math.h>

#include "nixe/base/random.h"
#include "nixe/sampling/lazy.h"

/* What it costs to ask one event, in the units of cost_of_end() (lazy_window.c). Measured, once. */
static const double cost = 600;

/* The most that one event can do to the exponents of a block. */
static double largest_of(const nixe_trajectory *trajectory, int kind, int block) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_lazy *own = trajectory->own;
    return (double)tables->step[own->highest[kind * tables->influence.stride + block]] * (double)own->head->most_net;
}

static double points_of(const nixe_lazy *own, double largest) { return 2 * log(2) * own->listed * largest / NIXE_FIXED_ONE; }

double nixe_lazy_veto_cost(const nixe_trajectory *trajectory, int kind, int block) {
    return cost * points_of(trajectory->own, largest_of(trajectory, kind, block));
}

/* Each event vetoes at the rate ln 2 (q_k - x_k): of the points of a Poisson process of rate 2 ln 2 max q that it has, a part
 * q_k / max q asks it, of which a part (q_k - x_k) / 2 q_k are vetoes. */
int nixe_lazy_is_vetoed(nixe_trajectory *trajectory, int kind, int block, int sites, const int site[2]) {
    nixe_lazy *own = trajectory->own;
    const double largest = largest_of(trajectory, kind, block), points = points_of(own, largest);
    const uint64_t position = (uint64_t)own->head->candidates << 16;
    double at = 0;
    for (uint64_t asked = 0;; asked++) {
        const nixe_random_words words =
            nixe_random_state(trajectory->seed, trajectory->index, trajectory->now, NIXE_RANDOM_VETO, position + asked);
        at -= log(nixe_uniform_to_1(words.word[0]));
        if (at >= points) return 0;
        own->head->spent += cost;
        const int number = (int)nixe_uniform_below(words.word[1], (uint32_t)own->listed);
        const double q = nixe_lazy_bound_of(trajectory, number, kind, block);
        if (nixe_uniform_from_0(words.word[2]) * largest >= q) continue;
        const double x = nixe_lazy_exponent_of(trajectory, number, sites, site);
        if (fabs(x) > q || q > largest) {
            nixe_lazy_fail(trajectory, block);
            return 1;
        }
        if (nixe_uniform_from_0(words.word[3]) * 2 * q < q - x) return 1;
    }
}
