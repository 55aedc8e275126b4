/* Vectorised: functions of hot loops are compiled for several generations of x86 processors, and the best is chosen when
 * the program starts. Elsewhere, and under sanitizers, they are ordinary functions. */
#ifndef NIXE_BASE_VECTORISED_H
#define NIXE_BASE_VECTORISED_H

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define NIXE_VECTORISED __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define NIXE_VECTORISED
#endif

#endif
