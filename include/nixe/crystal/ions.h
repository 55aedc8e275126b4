/* Ions: configurations abreast, so that what is counted of a site or a bond is counted of all of them at once, on every
 * lattice alike. Pure; nothing here is collective. */
#ifndef NIXE_CRYSTAL_IONS_H
#define NIXE_CRYSTAL_IONS_H

#include <stdint.h>

enum { NIXE_ABREAST = 32 };

/* What a site is in each of them, +1 (A) or -1 (B), as a vector type of the compiler; N of these are the configurations. */
typedef int8_t nixe_ions __attribute__((vector_size(NIXE_ABREAST), aligned(1), may_alias));

/* A count of each of them while it is small. What is compared is -1 where it is true, and is taken off to be counted. */
typedef uint8_t nixe_few __attribute__((vector_size(NIXE_ABREAST)));
enum { NIXE_FEW = 255 };

/* Lay `count` <= NIXE_ABREAST configurations, shape [count, sites], abreast. The places behind them keep what they had. */
void nixe_ions_lay(long sites, int count, const int8_t *sigma, nixe_ions *ions);

#endif
