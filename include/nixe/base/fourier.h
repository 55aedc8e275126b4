/* Fourier: transforms of real numbers on the cells of a torus, with FFTW. Nothing here is collective.
 *
 * The numbers of a cell lie next to each other; cells along x do, then rows along y, then planes. Of the waves exp(2 pi i q.c),
 * q_k = m_k / cells_k, those with 0 <= m_0 <= cells_0 / 2 are kept: the others are their conjugates. Plans are made without
 * measuring, so that the same numbers give the same bits. */
#ifndef NIXE_BASE_FOURIER_H
#define NIXE_BASE_FOURIER_H

#include <complex.h>

#include "nixe/base/error.h"

typedef struct {
    int cells[3];         /* along x, y, z */
    int numbers;          /* in a cell */
    long count, waves;    /* of all cells; of the waves that are kept */
    double *real;         /* count x numbers */
    double complex *wave; /* waves x numbers */
    void *forward, *backward;
} nixe_fourier;

nixe_status nixe_fourier_create(nixe_fourier *fourier, const int cells[3], int numbers);
void nixe_fourier_destroy(nixe_fourier *fourier);

/* wave = sum_c real_c exp(-2 pi i q.c), and back: real = sum_q wave_q exp(2 pi i q.c), without a division by their number; the
 * way back destroys `wave`. */
void nixe_fourier_forward(const nixe_fourier *fourier);
void nixe_fourier_backward(const nixe_fourier *fourier);

/* How many waves are kept, and the wave vector q of one of them. */
long nixe_fourier_waves(const int cells[3]);
void nixe_fourier_vector(const int cells[3], long wave, double q[3]);

#endif
