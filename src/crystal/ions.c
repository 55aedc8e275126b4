/* Ions: configurations abreast. Pure; nothing here is collective. */
#include "nixe/crystal/ions.h"

void nixe_ions_lay(long sites, int count, const int8_t *sigma, nixe_ions *ions) {
    int8_t *place = (int8_t *)ions;
    for (long site = 0; site < sites; site++)
        for (int w = 0; w < count; w++) place[site * NIXE_ABREAST + w] = sigma[w * sites + site];
}
