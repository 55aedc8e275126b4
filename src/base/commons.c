/* Commons: constant tables of which a node holds one copy. Collective as commons.h says. */
#include "nixe/base/commons.h"

#include <stdlib.h>
#include <string.h>

static nixe_status create_alone(const nixe_commons *commons, long long bytes, const char *what, nixe_common *common) {
    (void)commons;
    return nixe_allocate(&common->memory, bytes, 1, what);
}

static void destroy_alone(nixe_common *common) { free(common->memory); }

static nixe_status meet_alone(const nixe_commons *commons, nixe_status status) {
    (void)commons;
    return status;
}

nixe_commons nixe_commons_alone(void) {
    return (nixe_commons){.parts = 1, .create = create_alone, .destroy = destroy_alone, .meet = meet_alone};
}

void nixe_commons_destroy(nixe_commons *commons) {
    while (commons->count) commons->destroy(&commons->all[--commons->count]);
    free(commons->all);
    *commons = (nixe_commons){0};
}

nixe_status nixe_commons_take(nixe_commons *commons, void *pointer, long long count, long long size, const char *what) {
    nixe_common *more = realloc(commons->all, (size_t)(commons->count + 1) * sizeof *more);
    if (!more) return nixe_fail(NIXE_FAILED, "out of memory: %s", what);
    commons->all = more;
    nixe_common *common = &more[commons->count];
    *common = (nixe_common){.bytes = count * size};
    NIXE_TRY(commons->create(commons, common->bytes, what, common));
    commons->count++;
    commons->bytes += common->bytes;
    if (commons->part == 0) memset(common->memory, 0, (size_t)common->bytes);
    memcpy(pointer, &common->memory, sizeof common->memory);
    return nixe_commons_meet(commons, NIXE_OK);
}

void nixe_commons_give_back(nixe_commons *commons, const void *memory) {
    int at = 0;
    while (at < commons->count && commons->all[at].memory != memory) at++;
    NIXE_REQUIRE(at < commons->count, "memory is given back that was not taken");
    commons->bytes -= commons->all[at].bytes;
    commons->destroy(&commons->all[at]);
    commons->count--;
    memmove(commons->all + at, commons->all + at + 1, (size_t)(commons->count - at) * sizeof *commons->all);
}

nixe_status nixe_commons_meet(const nixe_commons *commons, nixe_status status) { return commons->meet(commons, status); }

/* Arrays in one piece of memory begin at lines of the cache. */
static long long padded(long long bytes) { return (bytes + 63) / 64 * 64; }

nixe_status nixe_commons_publish(nixe_commons *commons, int count, const nixe_common_array *arrays, const char *what) {
    char *memory;
    long long all = 0;
    for (int a = 0; a < count; a++) all += padded(arrays[a].bytes);
    NIXE_TRY(nixe_commons_take(commons, &memory, all, 1, what));
    for (int a = 0; a < count; a++) {
        if (commons->part == 0) {
            void *made;
            memcpy(&made, arrays[a].place, sizeof made);
            memcpy(memory, made, (size_t)arrays[a].bytes);
            free(made);
        }
        memcpy(arrays[a].place, &memory, sizeof memory);
        memory += padded(arrays[a].bytes);
    }
    return nixe_commons_meet(commons, NIXE_OK);
}

nixe_status nixe_commons_copy(nixe_commons *commons, nixe_status status, void *bytes, long long count) {
    char *copy;
    NIXE_TRY(nixe_commons_meet(commons, status));
    if (commons->parts == 1) return NIXE_OK;
    NIXE_TRY(nixe_commons_take(commons, &copy, count, 1, "what ranks share"));
    if (commons->part == 0) memcpy(copy, bytes, (size_t)count);
    NIXE_TRY(nixe_commons_meet(commons, NIXE_OK));
    if (commons->part != 0) memcpy(bytes, copy, (size_t)count);
    NIXE_TRY(nixe_commons_meet(commons, NIXE_OK));
    nixe_commons_give_back(commons, copy);
    return NIXE_OK;
}
