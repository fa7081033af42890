// The shortest safe way from one table to another. Pure.
#pragma once

#include <vector>

#include "checkerd/core/table.h"

namespace checkerd {

/// What we put into the table is ours; the rest belongs to others, and is left alone.
struct Owned {
  std::vector<ServiceKey> services;
  struct Server {
    ServiceKey service;
    Address address;
  };
  std::vector<Server> destinations;
};

/// In an order that never leaves a service without its healthy servers: new servers and services come before old ones go.
/// Foreign entries stay; a foreign service that we want, too, is edited and from then on ours.
std::vector<Change> reconcile(const Table& actual, const Table& wanted, const Owned& owned);

}  // namespace checkerd
