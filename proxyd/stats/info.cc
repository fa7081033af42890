#include "proxyd/stats/info.h"

#include <fmt/format.h>

#include <array>

#include "lib/base/version.h"

namespace proxyd::stats {

using lib::metrics::Description;
using lib::metrics::empty_value;
using lib::metrics::Field;
using lib::metrics::Nature;
using lib::metrics::Origin;
using lib::metrics::real;
using lib::metrics::Scope;
using lib::metrics::Tags;
using lib::metrics::text;
using lib::metrics::u32;
using lib::metrics::u64;
using lib::metrics::Value;

namespace {

struct View {
  const InfoFacts& facts;
  bool precise;
};

constexpr Tags kProduct{Origin::Product, Nature::Output, Scope::Service};
constexpr Tags kConfigService{Origin::Config, Nature::Gauge, Scope::Service};
constexpr Tags kConfigText{Origin::Config, Nature::Output, Scope::Service};
constexpr Tags kKey{Origin::Key, Nature::Gauge, Scope::Process};
constexpr Tags kStatus{Origin::Status, Nature::Gauge, Scope::Process};
constexpr Tags kDuration{Origin::Metric, Nature::Duration, Scope::Process};
constexpr Tags kLimit{Origin::Config, Nature::Limit, Scope::Process};
constexpr Tags kGauge{Origin::Metric, Nature::Gauge, Scope::Process};
constexpr Tags kCounter{Origin::Metric, Nature::Counter, Scope::Process};
constexpr Tags kMax{Origin::Metric, Nature::Max, Scope::Process};
constexpr Tags kRate{Origin::Metric, Nature::Rate, Scope::Process};
constexpr Tags kAverage{Origin::Metric, Nature::Average, Scope::Process};

constexpr std::uint64_t kMegabyte = 1024 * 1024;

template <auto Member>
Value small(const View& view) {
  return u32(static_cast<std::uint64_t>(view.facts.*Member));
}
template <auto Member>
Value large(const View& view) {
  return u64(view.facts.*Member);
}
template <auto Member>
Value words(const View& view) {
  return text(view.facts.*Member);
}
template <std::uint32_t Number>
Value always(const View&) {
  return u32(Number);
}
Value zero64(const View&) { return u64(0); }
Value none(const View&) { return empty_value(); }

/// haproxy writes its name so here, and so does who stands in for it: tools look for it.
Value product(const View&) { return text(lib::base::product().name == "haproxy" ? "HAProxy" : "proxyd"); }
Value uptime(const View& view) { return text(long_span(static_cast<std::uint64_t>(view.facts.uptime_s))); }
Value uptime_s(const View& view) {
  return view.precise ? real(view.facts.uptime_s) : u32(static_cast<std::uint64_t>(view.facts.uptime_s));
}
Value pool_mb(const View& view) { return u32(view.facts.pool_bytes / kMegabyte); }
Value pool_used_mb(const View& view) { return u32(view.facts.pool_used_bytes / kMegabyte); }
Value memory_limit_bytes(const View& view) { return u64(view.facts.memory_limit_mb * kMegabyte); }
Value stopping(const View& view) { return u32(view.facts.stopping ? 1 : 0); }
Value jobs(const View& view) { return u32(view.facts.listeners + view.facts.connections); }
Value tainted(const View& view) { return text(fmt::format("{}", view.facts.bugs)); }
Value description(const View& view) {
  return view.facts.description.empty() ? empty_value() : text(view.facts.description);
}

constexpr auto kInfoFields = std::to_array<Field<View>>({
    {{"Name", "Name of the program", kProduct}, product},
    {{"Version", "Version of the program", kProduct}, words<&InfoFacts::version>},
    {{"Release_date", "When this version was released", kProduct}, words<&InfoFacts::release_date>},
    {{"Nbthread", "Threads that serve traffic", kConfigService}, small<&InfoFacts::threads>},
    {{"Nbproc", "Worker processes, always 1", kConfigService}, always<1>},
    {{"Process_num", "Number of this worker process, always 1", kKey}, always<1>},
    {{"Pid", "Process id", kStatus}, small<&InfoFacts::pid>},
    {{"Uptime", "Time since the start, in days, hours, minutes, seconds", kDuration}, uptime},
    {{"Uptime_sec", "Seconds since the start", kDuration}, uptime_s},
    {{"Memmax_MB", "Limit of memory in MB (-m), 0 for none", kLimit}, small<&InfoFacts::memory_limit_mb>},
    {{"PoolAlloc_MB", "Memory held by pools, in MB", kGauge}, pool_mb},
    {{"PoolUsed_MB", "Memory of pools in use, in MB", kGauge}, pool_used_mb},
    {{"PoolFailed", "Times a pool found no memory; running out of it ends the process", kCounter}, always<0>},
    {{"Ulimit-n", "Limit of file descriptors", kLimit}, small<&InfoFacts::ulimit_n>},
    {{"Maxsock", "Limit of sockets", kLimit}, small<&InfoFacts::maxsock>},
    {{"Maxconn", "Limit of connections, as set now", kLimit}, small<&InfoFacts::maxconn>},
    {{"Hard_maxconn", "Limit of connections, as at the start", kLimit}, small<&InfoFacts::hard_maxconn>},
    {{"CurrConns", "Connections from clients now", kGauge}, small<&InfoFacts::connections>},
    {{"CumConns", "Connections from clients so far", kCounter}, small<&InfoFacts::connections_total>},
    {{"CumReq", "Requests so far", kCounter}, small<&InfoFacts::requests_total>},
    {{"MaxSslConns", "Limit of TLS connections, 0 for none", kMax}, always<0>},
    {{"CurrSslConns", "TLS connections now", kGauge}, always<0>},
    {{"CumSslConns", "TLS connections so far", kCounter}, always<0>},
    {{"Maxpipes", "Limit of kernel pipes, 0 for none", kLimit}, always<0>},
    {{"PipesUsed", "Kernel pipes in use", kGauge}, always<0>},
    {{"PipesFree", "Kernel pipes kept for use", kGauge}, always<0>},
    {{"ConnRate", "Connections over the last second", kRate}, small<&InfoFacts::connection_rate>},
    {{"ConnRateLimit", "Limit of connections per second (maxconnrate)", kLimit},
     small<&InfoFacts::connection_rate_limit>},
    {{"MaxConnRate", "Most connections in a second", kMax}, small<&InfoFacts::connection_rate_max>},
    {{"SessRate", "Sessions over the last second", kRate}, small<&InfoFacts::session_rate>},
    {{"SessRateLimit", "Limit of sessions per second (maxsessrate)", kLimit},
     small<&InfoFacts::session_rate_limit>},
    {{"MaxSessRate", "Most sessions in a second", kRate}, small<&InfoFacts::session_rate_max>},
    {{"SslRate", "TLS connections over the last second", kRate}, always<0>},
    {{"SslRateLimit", "Limit of TLS connections per second", kLimit}, always<0>},
    {{"MaxSslRate", "Most TLS connections in a second", kMax}, always<0>},
    {{"SslFrontendKeyRate", "TLS keys made for clients over the last second", kGauge}, always<0>},
    {{"SslFrontendMaxKeyRate", "Most TLS keys made for clients in a second", kMax}, always<0>},
    {{"SslFrontendSessionReuse_pct", "Percent of TLS connections that resumed a session", kGauge}, always<0>},
    {{"SslBackendKeyRate", "TLS keys made for servers over the last second", kRate}, always<0>},
    {{"SslBackendMaxKeyRate", "Most TLS keys made for servers in a second", kMax}, always<0>},
    {{"SslCacheLookups", "TLS sessions looked for in the cache", kCounter}, always<0>},
    {{"SslCacheMisses", "TLS sessions not found in the cache", kCounter}, always<0>},
    {{"CompressBpsIn", "Bytes per second given to compression", kRate}, always<0>},
    {{"CompressBpsOut", "Bytes per second that compression gives", kRate}, always<0>},
    {{"CompressBpsRateLim", "Bytes per second above which compression stops", kLimit}, always<0>},
    {{"ZlibMemUsage", "Memory used by zlib", kGauge}, none},
    {{"MaxZlibMemUsage", "Limit of memory for zlib", kLimit}, none},
    {{"Tasks", "Conversations and other tasks now", kGauge}, small<&InfoFacts::tasks>},
    {{"Run_queue", "Tasks that are waiting for the processor", kGauge}, always<0>},
    {{"Idle_pct", "Percent of time that the threads have nothing to do", kAverage},
     small<&InfoFacts::idle_percent>},
    {{"node", "Name of this node", kConfigText}, words<&InfoFacts::node>},
    {{"description", "Description of this node", kConfigText}, description},
    {{"Stopping", "1 while the process is ending, else 0", kGauge}, stopping},
    {{"Jobs", "Listening sockets and connections from clients", kGauge}, jobs},
    {{"Unstoppable Jobs", "Jobs that a soft stop does not wait for", kGauge}, always<0>},
    {{"Listeners", "Listening sockets", kGauge}, small<&InfoFacts::listeners>},
    {{"ActivePeers", "Peers that were verified", kGauge}, always<0>},
    {{"ConnectedPeers", "Peers that are connected", kGauge}, always<0>},
    {{"DroppedLogs", "Log lines that could not be sent", kGauge}, small<&InfoFacts::dropped_logs>},
    {{"BusyPolling", "1 when threads poll without sleeping, else 0", kGauge}, always<0>},
    {{"FailedResolutions", "Name lookups that failed", kGauge}, always<0>},
    {{"TotalBytesOut", "Bytes sent so far", kGauge}, large<&InfoFacts::bytes_out>},
    // spelt as haproxy 2.6 spells it: collectors look for this name
    {{"TotalSplicdedBytesOut", "Bytes sent through kernel pipes so far", kGauge}, zero64},
    {{"BytesOutRate", "Bytes sent over the last second", kRate}, large<&InfoFacts::bytes_out_rate>},
    {{"DebugCommandsIssued", "Debug commands given on the runtime API", kGauge}, always<0>},
    {{"CumRecvLogs", "Log lines received for forwarding", kCounter}, always<0>},
    {{"Build info", "Version of the build", kProduct}, words<&InfoFacts::version>},
    {{"Memmax_bytes", "Limit of memory in bytes (-m), 0 for none", kLimit}, memory_limit_bytes},
    {{"PoolAlloc_bytes", "Memory held by pools, in bytes", kGauge}, large<&InfoFacts::pool_bytes>},
    {{"PoolUsed_bytes", "Memory of pools in use, in bytes", kGauge}, large<&InfoFacts::pool_used_bytes>},
    {{"Start_time_sec", "When the process started, in seconds since 1970", kDuration},
     small<&InfoFacts::start_time_s>},
    {{"Tainted", "Bugs of our own that were met; anything above 0 should be reported", kStatus}, tainted},
    // from haproxy 3.4
    {{"TotalWarnings", "Warnings given at the start", kCounter}, small<&InfoFacts::warnings>},
    {{"MaxconnReached", "Times the limit of connections was reached", kCounter},
     small<&InfoFacts::maxconn_reached>},
    {{"CurrStreams", "Requests in progress", kGauge}, small<&InfoFacts::streams>},
    {{"CumStreams", "Requests so far", kCounter}, large<&InfoFacts::requests_total>},
});
constexpr auto kAbout = lib::metrics::descriptions_of(kInfoFields);

}  // namespace

std::span<const Description> info_fields() { return kAbout; }

std::vector<Value> info_values(const InfoFacts& facts, bool precise) {
  return lib::metrics::read_all(kInfoFields, View{facts, precise});
}

std::string long_span(std::uint64_t seconds) {
  return fmt::format("{}d {}h{:02}m{:02}s", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60,
                     seconds % 60);
}

}  // namespace proxyd::stats
