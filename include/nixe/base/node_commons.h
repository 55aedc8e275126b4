/* Node commons: constant tables (commons.h) in memory that the ranks of a node share. Its functions are collective. */
#ifndef NIXE_BASE_NODE_COMMONS_H
#define NIXE_BASE_NODE_COMMONS_H

#include "nixe/base/commons.h"
#include "nixe/base/parallel.h"

/* The ranks of the node are its parts; where they share no memory, each is alone. */
nixe_commons nixe_commons_of_node(const nixe_parallel *parallel);

#endif
