/* Vectorised: functions of hot loops are compiled for several generations of x86 processors, and the best is chosen when
 * the program starts. gcc before 12 knows no levels of x86-64, and gets AVX2 without fused multiply-add. Elsewhere, and under
 * sanitizers, they are ordinary functions: with clang, -march=native in CFLAGS does for one machine what clones do for many.
 * So they are where -march has chosen already, as Spack has it; gcc 12 cannot make the clones from there if it is AVX-512. */
#ifndef NIXE_BASE_VECTORISED_H
#define NIXE_BASE_VECTORISED_H

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__AVX2__)
#if __GNUC__ >= 12
#define NIXE_VECTORISED __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define NIXE_VECTORISED __attribute__((target_clones("avx2", "default")))
#endif
#else
#define NIXE_VECTORISED
#endif

#endif
