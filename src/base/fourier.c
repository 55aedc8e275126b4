/* Fourier: transforms of real numbers on the cells of a torus, with FFTW. Nothing here is collective. */
#include "nixe/base/fourier.h"

#include <fftw3.h> /* after complex.h, whose numbers it then takes */
#include <stdlib.h>

long nixe_fourier_waves(const int cells[3]) { return (cells[0] / 2 + 1L) * cells[1] * cells[2]; }

void nixe_fourier_vector(const int cells[3], long wave, double q[3]) {
    const int row = cells[0] / 2 + 1;
    q[0] = (double)(wave % row) / cells[0];
    q[1] = (double)(wave / row % cells[1]) / cells[1];
    q[2] = (double)(wave / row / cells[1]) / cells[2];
}

nixe_status nixe_fourier_create(nixe_fourier *fourier, const int cells[3], int numbers) {
    const int shape[3] = {cells[2], cells[1], cells[0]};
    *fourier = (nixe_fourier){.cells = {cells[0], cells[1], cells[2]},
                              .numbers = numbers,
                              .count = (long)cells[0] * cells[1] * cells[2],
                              .waves = nixe_fourier_waves(cells)};
    fourier->real = fftw_alloc_real((size_t)(fourier->count * numbers));
    fourier->wave = fftw_alloc_complex((size_t)(fourier->waves * numbers));
    if (!fourier->real || !fourier->wave)
        return nixe_fail(NIXE_FAILED, "out of memory for the waves of %ld cells", fourier->count);
    fourier->forward = fftw_plan_many_dft_r2c(3, shape, numbers, fourier->real, NULL, numbers, 1, fourier->wave, NULL, numbers,
                                              1, FFTW_ESTIMATE);
    fourier->backward = fftw_plan_many_dft_c2r(3, shape, numbers, fourier->wave, NULL, numbers, 1, fourier->real, NULL, numbers,
                                               1, FFTW_ESTIMATE);
    if (!fourier->forward || !fourier->backward)
        return nixe_fail(NIXE_FAILED, "FFTW makes no plan for %d x %d x %d cells", cells[0], cells[1], cells[2]);
    return NIXE_OK;
}

void nixe_fourier_destroy(nixe_fourier *fourier) {
    if (fourier->forward) fftw_destroy_plan(fourier->forward);
    if (fourier->backward) fftw_destroy_plan(fourier->backward);
    fftw_free(fourier->real);
    fftw_free(fourier->wave);
    *fourier = (nixe_fourier){0};
}

void nixe_fourier_forward(const nixe_fourier *fourier) { fftw_execute(fourier->forward); }

void nixe_fourier_backward(const nixe_fourier *fourier) { fftw_execute(fourier->backward); }
