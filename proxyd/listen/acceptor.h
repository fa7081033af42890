// Takes connections from a listening socket on one thread, as far as the limits of listener, frontend and process allow.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/event/wait.h"
#include "proxyd/listen/frontend.h"
#include "proxyd/listen/handover.h"
#include "proxyd/listen/limit_waiters.h"

namespace proxyd::listen {

/// What the acceptors of one thread share.
struct AcceptLimits {
  servers::Gauge& process_connections;
  const std::atomic<std::uint32_t>& process_maxconn;
  std::atomic<std::uint64_t>& maxconn_reached;
  LimitWaiters& waiters;
  std::uint32_t batch = 4;                  // tune.maxaccept
  std::uint32_t process_rate = 0;           // "maxconnrate": connections a second over all frontends, 0: no limit
  const servers::Rate* process_rate_now = nullptr;
};

/// Called for each connection. It now owns one count in the process's, the frontend's and the listener's gauges and gives
/// them back through `give_back`.
using OnConnection = std::function<void(Frontend&, Listener&, lib::base::UniqueFd, const lib::net::Address&)>;

/// Lets the counts of an ended connection go and wakes an acceptor that waits for one.
void give_back(Frontend& frontend, Listener& listener, const AcceptLimits& limits);

/// Accepts until cancelled. All threads watch the same socket: whoever is free takes the next connection.
lib::event::Task<void> accept_connections(lib::event::Loop& loop, Frontend& frontend, Listener& listener,
                                          AcceptLimits limits, const OnConnection& on_connection);

/// Sockets that are listened on already, by their labels.
using KeptSockets = std::multimap<std::string, std::shared_ptr<ListenerState>, std::less<>>;

/// Gives a frontend its listeners: each with a socket of `kept`, which then holds it no more, with one that was inherited, or
/// with a new one. Returns each that failed, worded as haproxy does.
std::vector<lib::base::Error> open_listeners(Frontend& frontend, const config::Global& global, bool reuse_port, Inheritance& inherited,
                                             KeptSockets& kept);
/// Opens those of a frontend's sockets that neither `kept` nor `inherited` has, into the latter, so that open_listeners() cannot
/// fail. `kept` counts as in open_listeners(), on a copy.
std::vector<lib::base::Error> prepare_listeners(const config::Proxy& frontend, const config::Global& global, bool reuse_port,
                                                Inheritance& inherited, KeptSockets& kept);

}  // namespace proxyd::listen
