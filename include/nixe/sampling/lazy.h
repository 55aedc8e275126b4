/* Lazy: the second algorithm of trajectories, for large crystals in fixed point: not all rates are known at every event.
 *
 * The crystal is cut into blocks (cells.h). Each has a bound of the sum of its rates, for swaps and for exchanges apart. The
 * next event is found by thinning: candidates come at the rate of all bounds; a block is drawn by its bound, its rates are
 * computed from fields that are held, an event is drawn from these, and is accepted with
 *
 *   probability = (its true rate) / (bound of the block x its share of the rates that are held),
 *
 * so that it comes at its true rate, whatever the bounds and the held rates are. What is rejected leaves the time behind.
 *
 * An event changes the fields at once where it changes much, in near blocks, and multiplies the bounds of all by what it can
 * change there at the most (influence.h). In far blocks the change is pending until the window of events ends, when the rows of
 * all sites that have turned since it began are added everywhere. Swaps that go back cancel what was pending. With the sum p of
 * what is pending in a block its rates are at most 2^p times those that are held, and the true rate of a candidate is 2^x times
 * that held, where x, of the rows of all sites that have turned, is an integer of fixed point. It is hardly ever computed: a
 * candidate that has passed for 2^p may be vetoed by each pending event, which makes it 2^(x-p) in all (lazy_veto.c). A
 * window ends when what is pending has cost as much as its end costs, in operations counted: for a cost that grows evenly that
 * is the best.
 *
 * Each candidate has its own random numbers; windows follow from events alone. So a trajectory is a function of (seed, index),
 * and goes on from a saved state, within a window too, to the same bits. Every bound is checked whenever it is used.
 *
 * Nothing here is collective. */
#ifndef NIXE_SAMPLING_LAZY_H
#define NIXE_SAMPLING_LAZY_H

#include "nixe/sampling/exponents.h"
#include "nixe/sampling/influence.h"
#include "nixe/sampling/lazy_loops.h"
#include "nixe/sampling/trajectory.h"

/* rates->own. All arrays are in the commons of the rates, whose parts make them together. */
typedef struct {
    nixe_exponents *exponents;
    nixe_cells cells;
    nixe_influence influence;
    float *bond_factor;                            /* directions/2 x places: as that of the slots */
    float *exchange_factor;                        /* places */
    uint8_t *exchanging;                           /* blocks: 1 where some site exchanges */
    double grow[NIXE_LEVELS], shrink[NIXE_LEVELS]; /* 2^step, 2^-step of each level */
    int64_t step[NIXE_LEVELS], back[NIXE_LEVELS];  /* step, -step */
    uint8_t turned[NIXE_CELL_SITES];               /* the identity, and the row of the reservoir */
    int32_t nothing[NIXE_CELL_SITES];
} nixe_lazy_tables;

enum { NIXE_LAZY_SWAPS, NIXE_LAZY_EXCHANGES, NIXE_LAZY_KINDS };

/* What a saved state begins with. */
typedef struct {
    int64_t candidates; /* drawn so far */
    int64_t most_net;   /* the largest |net| in this window */
    double spent;       /* what has been pending cost in this window */
    double next_time;   /* of the next event, which is drawn */
    nixe_event next;
} nixe_lazy_head;

/* trajectory->own. Arrays of a block's bound are by kind; [kind][stride of the influence]. */
typedef struct {
    char *state; /* what is saved, with the ions: the head and the arrays up to `net`, which lie in it */
    size_t state_bytes;
    nixe_lazy_head *head;
    double *bound;    /* of the true rates */
    int8_t *begun;    /* N: the ions when the window began */
    int8_t *net;      /* N x directions/2, then N: swaps of each bond that bring A to its first site less those back, and
                         exchanges of each site that make it A */
    uint8_t *highest; /* level of what has been pending in this window, at the most */
    int listed;       /* events that are pending: keys of net numbers that are not 0, */
    int32_t *list;    /* in ascending order: N (directions/2 + 1) */
    double *sum;      /* of each group of bounds */
    int64_t *pending; /* exponent up to which true rates may differ from those that are held */
    int32_t *base;    /* N: fields when the window began */
    int32_t *field;   /* places: those that are held */
    float *weight;    /* places, and 0 behind them: signed weights of these, where they are not stale */
    uint8_t *stale;   /* blocks: 1 where the fields are newer than the weights */
    int turned;       /* sites whose ions are others than when the window began: */
    int32_t *turned_site, *turned_at; /* these; N: where each is among them, -1: nowhere */
    int moved;                        /* 1 where some net number is so large that the window must end */
    double *saved;                    /* scratch: bounds */
    uint8_t *saved_highest;           /* scratch */
    int32_t *gained, *picked;         /* N each: scratch */
    uint8_t *is_A;                    /* N: scratch */
    int32_t *touched;                 /* blocks: a list */
    float rate[NIXE_CELL_SITES];      /* swap rates of the sites of the block that was summed last, from fields that are held */
    double rates[3];                  /* its sums: swaps, exchanges of A and of B */
} nixe_lazy;

/* Whether trajectories of a model can be lazy: in fixed point, with a table that is not that of a torus. */
int nixe_lazy_takes(const nixe_energy *energy, const nixe_arithmetic *arithmetic);

/* Sites from which that is the faster way, measured; and bytes that it needs, about: of the tables, which a node has
 * once, with what is needed to make them, and of a trajectory, which each rank has. */
enum { NIXE_LAZY_SITES = 16000 };
double nixe_lazy_bytes_of_tables(const nixe_lattice *lattice);
double nixe_lazy_bytes(const nixe_lattice *lattice);

/* lazy_tables.c: make rates->own with blocks of at most `most` sites and a limit of nearness, an exponent (influence.h); and
 * with those that are best. */
nixe_status nixe_lazy_create_tables(nixe_rates *rates, int most, double near);
nixe_status nixe_lazy_create_rates(nixe_rates *rates);
void nixe_lazy_destroy_rates(nixe_rates *rates);

/* lazy_window.c: begin a window at the present configuration; follow an event, of which sigma is not turned yet; end the window
 * where what is pending has cost enough; and all that follows from a state that was loaded, 0 where it cannot be one. */
void nixe_lazy_begin_window(nixe_trajectory *trajectory);
void nixe_lazy_follow(nixe_trajectory *trajectory, nixe_event event);
void nixe_lazy_end_window(nixe_trajectory *trajectory);

/* End the window at once, and begin one with all bounds anew: what drives may have changed, at the same temperature. */
void nixe_lazy_close_window(nixe_trajectory *trajectory);

int nixe_lazy_rebuild(nixe_trajectory *trajectory);

/* Exponent by which the true field of a site is above that held. O(sites turned in this window). */
int64_t nixe_lazy_pending_field(const nixe_trajectory *trajectory, int site);

/* lazy_pending.c. An event as bounds know it: its key among the net numbers, the site whose row of bounds it has, the other one
 * or NIXE_RESERVOIR, and 1 where it brings A to the first. */
typedef struct {
    long key;
    int site, other, row, gains;
} nixe_lazy_change;

nixe_lazy_change nixe_lazy_change_of(const nixe_trajectory *trajectory, nixe_event event);
nixe_lazy_change nixe_lazy_change_of_key(const nixe_trajectory *trajectory, long key, int gains);

/* Count one more event of a key, or one back: the list has those that are not 0, in an order that follows from them alone. A
 * net number that comes to the most ends the window, so that it stays within a byte. */
enum { NIXE_LAZY_MOST_NET = 100 };
void nixe_lazy_count(nixe_lazy *own, int key, int more);

/* Of pending event number `number` of the list, as often as it is pending: the bound of the exponents by which it changes the
 * rates of a kind in a block, and that by which it changes the product of the weights of `sites` sites. */
double nixe_lazy_bound_of(const nixe_trajectory *trajectory, int number, int kind, int block);
double nixe_lazy_exponent_of(const nixe_trajectory *trajectory, int number, int sites, const int site[2]);

/* lazy_veto.c: of a candidate of a kind in a block, whose rate is the product of the weights of `sites` sites, whether it fails
 * by what is pending: it comes through with probability 2^(x-p), p being what is pending in the block, and x the exponent by
 * which the true rate is above that held. And what that is expected to cost. */
int nixe_lazy_is_vetoed(nixe_trajectory *trajectory, int kind, int block, int sites, const int site[2]);
double nixe_lazy_veto_cost(const nixe_trajectory *trajectory, int kind, int block);

/* lazy_block.c: sum the rates of a block from the fields that are held into rate and rates, and what bounds the true sums. */
void nixe_lazy_sum_block(const nixe_trajectory *trajectory, int block, double bound[NIXE_LAZY_KINDS]);

/* Set the bounds of a block anew: of one of which an ion has turned, or that of a neighbour. */
void nixe_lazy_set_bounds(const nixe_trajectory *trajectory, int block);

/* The same of one where nothing has turned. Where one of its bounds comes out above what it was, which can only be where bounds
 * were wrong, the trajectory fails. */
void nixe_lazy_refresh(nixe_trajectory *trajectory, int block);

/* End a trajectory whose bounds were wrong. */
void nixe_lazy_fail(nixe_trajectory *trajectory, int block);

static inline int nixe_lazy_groups(const nixe_lazy_tables *tables) {
    return NIXE_LAZY_KINDS * tables->influence.stride / NIXE_LAZY_GROUP;
}

#endif
