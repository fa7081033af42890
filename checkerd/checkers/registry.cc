// From the configuration to probes: identical checks become one, and a reload keeps what it can.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <tuple>

#include "checkerd/checkers/internals.h"
#include "checkerd/checkers/probe_plan.h"

namespace checkerd::checkers {

using namespace parsers::keepalived;

/// What was there before a reload.
struct Checkers::Internals::Former {
  std::unordered_map<const Probe*, std::unique_ptr<Probe>> probes;  // null once one goes on in the new configuration
  std::vector<Watched> watched;
  std::vector<std::vector<std::vector<Slot>>> slots;
};

namespace {

std::size_t hash_of(const Checker& checker) {
  std::size_t out = checker.what.index();
  const auto mix = [&](std::size_t value) { out = (out ^ value) * 0x9e3779b97f4a7c15U; };
  const auto& to = checker.target.to;
  mix(to.port());
  mix(to.ipv4_bits());
  if (to.is_ipv6()) mix(std::hash<std::string>{}(to.host()));
  mix(static_cast<std::size_t>(checker.times.delay_loop.count()));
  if (const auto* const misc = std::get_if<MiscCheck>(&checker.what)) mix(std::hash<std::string>{}(misc->command.text));
  if (const auto* const http = std::get_if<HttpCheck>(&checker.what)) mix(std::hash<std::string>{}(http->urls.front().path));
  return out;
}

bool is_watched(const Checker& checker) {
  return std::holds_alternative<FileCheck>(checker.what) || std::holds_alternative<BfdCheck>(checker.what);
}

}  // namespace

bool Probe::is_enabled() const {
  return std::any_of(subscribers.begin(), subscribers.end(), [](const Subscriber& each) { return each.is_enabled; });
}

const Checker& Checkers::Internals::conf_of(const CheckerId& id) const {
  return config->lvs.servers[id.virtual_server].real_servers[id.server].checkers[id.checker];
}

Names Checkers::Internals::names_of(const CheckerId& id) const {
  const VirtualServer& server = config->lvs.servers[id.virtual_server];
  return {.server = server.real_servers[id.server].name, .virtual_server = server.name};
}

void Checkers::Internals::log_activity(const CheckerId& id, const char* what) {
  const Names names = names_of(id);
  listener.on_log(Level::Always, fmt::format("{} healthchecker for service {} for VS {}", what, names.server, names.virtual_server));
}

Subscriber* Checkers::Internals::subscriber(const CheckerId& id) {
  Probe* const probe = slot(id).probe;
  if (probe == nullptr) return nullptr;
  for (Subscriber& each : probe->subscribers)
    if (each.id == id) return &each;
  return nullptr;
}

/// Compiled once for all checks that have the same. None when it is no expression; the log says so.
std::shared_ptr<const lib::probe::BodyPattern> Checkers::Internals::pattern_of(const BodyRegex& regex, const CheckerId& id) {
  const std::string key = fmt::format("{} {} {} {} {} {}", regex.options, regex.min_offset, regex.max_offset ? static_cast<std::int64_t>(*regex.max_offset) : -1,
                                      regex.stack_start, regex.stack_max, regex.pattern);
  std::weak_ptr<const lib::probe::BodyPattern>& known = patterns[key];
  if (auto pattern = known.lock()) return pattern;
  lib::probe::BodyPattern::Settings wanted;
  wanted.expression = regex.pattern;
  wanted.options = pcre2_options(regex);
  wanted.min_offset = regex.min_offset;
  wanted.max_offset = regex.max_offset;
  wanted.stack_start = regex.stack_start;
  wanted.stack_max = regex.stack_max;
  auto made = lib::probe::BodyPattern::make(wanted);
  if (!made) {
    listener.on_log(Level::Always, fmt::format("({}) {} - ignoring the regex", names_of(id).server, made.error().message));
    return nullptr;
  }
  known = *made;
  return *made;
}

/// What a new probe needs before its first run.
void Checkers::Internals::prepare(Probe& probe) {
  const auto* const http = std::get_if<HttpCheck>(&probe.conf->what);
  if (http == nullptr) return;
  for (std::size_t i = 0; i < http->urls.size(); ++i) {
    if (!http->urls[i].regex) continue;
    probe.patterns.resize(http->urls.size());
    probe.patterns[i] = pattern_of(*http->urls[i].regex, probe.subscribers.front().id);
  }
}

void Checkers::Internals::add_probe(const Checker& checker, const CheckerId& id, Former* former, const CheckerId* was) {
  Slot& place = slots[id.virtual_server][id.server][id.checker];
  Subscriber subscriber{.id = id, .addition = 0, .is_enabled = true, .up = !checker.times.alpha, .has_heard = false};
  Probe* old = nullptr;
  if (former != nullptr && was != nullptr) {
    old = former->slots[was->virtual_server][was->server][was->checker].probe;
    for (const Subscriber& each : old->subscribers)
      if (each.id == *was) subscriber = each;
    subscriber.id = id;
  }
  const std::size_t hash = hash_of(checker);
  if (settings.shares_checks) {
    const auto [begin, end] = by_hash.equal_range(hash);
    for (auto at = begin; at != end && place.probe == nullptr; ++at)
      if (*at->second->conf == checker) place.probe = at->second;
  }
  if (place.probe == nullptr && old != nullptr && former->probes[old]) {
    probes.push_back(std::move(former->probes[old]));  // with the run that may be under way
    place.probe = old;
    old->conf = &checker;
    old->subscribers.clear();
    by_hash.emplace(hash, old);
  }
  const bool is_new = place.probe == nullptr;
  if (is_new) {
    place.probe = probes.emplace_back(std::make_unique<Probe>(checker)).get();
    by_hash.emplace(hash, place.probe);
    if (old != nullptr) place.probe->verdict = old->verdict;
  }
  place.probe->subscribers.push_back(subscriber);
  if (is_new) prepare(*place.probe);
  if (is_new && is_started) schedule_first(*place.probe);
}

void Checkers::Internals::add_watched(const Checker& checker, const CheckerId& id, Former* former, const CheckerId* was) {
  Watched out;
  out.up = !checker.times.alpha;
  if (former != nullptr && was != nullptr) out = former->watched[former->slots[was->virtual_server][was->server][was->checker].watched];
  out.id = id;
  const auto* const file = std::get_if<FileCheck>(&checker.what);
  out.is_file = file != nullptr;
  out.index = file != nullptr ? file->file : std::get<BfdCheck>(checker.what).bfd;
  slots[id.virtual_server][id.server][id.checker].watched = watched.size();
  watched.push_back(out);
}

void Checkers::Internals::build(Former* former, const std::vector<std::pair<CheckerId, CheckerId>>& was) {
  auto matches = was;
  const auto key = [](const CheckerId& id) { return std::tuple{id.virtual_server, id.server, id.checker}; };
  std::sort(matches.begin(), matches.end(), [&](const auto& a, const auto& b) { return key(a.first) < key(b.first); });
  slots.resize(config->lvs.servers.size());
  for (std::size_t v = 0; v < slots.size(); ++v) {
    slots[v].resize(config->lvs.servers[v].real_servers.size());
    for (std::size_t r = 0; r < slots[v].size(); ++r) slots[v][r].resize(config->lvs.servers[v].real_servers[r].checkers.size());
  }
  const auto add = [&](const CheckerId& id, const CheckerId* old) {
    const Checker& checker = conf_of(id);
    if (is_watched(checker)) add_watched(checker, id, former, old);
    else add_probe(checker, id, former, old);
  };
  // Those that go on first, so that new ones join them.
  for (const auto& [id, old] : matches) add(id, &old);
  auto match = matches.begin();
  for (std::size_t v = 0; v < slots.size(); ++v)
    for (std::size_t r = 0; r < slots[v].size(); ++r)
      for (std::size_t c = 0; c < slots[v][r].size(); ++c) {
        const CheckerId id{v, r, c};
        if (match != matches.end() && match->first == id) ++match;
        else add(id, nullptr);
      }
}

/// TLS and ICMP, where a check needs them.
void Checkers::Internals::prepare_host() {
  const auto any = [&](auto asks) { return std::any_of(probes.begin(), probes.end(), [&](const auto& each) { return asks(*each->conf); }); };
  const auto is_tls = [](const Checker& each) {
    const auto* const http = std::get_if<HttpCheck>(&each.what);
    return http != nullptr && http->tls;
  };
  if (any(is_tls)) {
    const TlsClient& conf = config->lvs.tls;
    auto made = lib::tls::ClientContext::make(lib::tls::ClientSettings{
        .ca_file = conf.ca, .certificate_file = conf.certificate, .key_file = conf.key, .key_password = conf.password});
    if (!made) {
      listener.on_log(Level::Always, fmt::format("SSL: {} - going on without it", made.error().message));
      made = lib::tls::ClientContext::make(lib::tls::ClientSettings{});
    }
    tls = made ? *made : nullptr;
  }
  if (!any([](const Checker& each) { return std::holds_alternative<PingCheck>(each.what); })) return;
  const lib::base::Status status = ping_range.widen();
  if (!status) listener.on_log(Level::Always, "PING_CHECK: " + status.error().message);
}

void Checkers::Internals::watch_files(bool is_fresh) {
  std::vector<std::size_t> wanted;
  for (const Watched& each : watched)
    if (each.is_file && std::find(wanted.begin(), wanted.end(), each.index) == wanted.end()) wanted.push_back(each.index);
  files = std::make_unique<keepalived::WatchFiles>(loop, *config, std::move(wanted), is_fresh, keepalived::WatchFiles::First::Soon, *this);
}

// ---- the room's face

Checkers::Checkers(lib::event::Loop& loop, const KeepalivedConfig& config, Listener& listener, Settings settings)
    : internals_{std::make_unique<Internals>(loop, config, listener, settings)} {}

Checkers::~Checkers() = default;

void Checkers::start() {
  Internals& in = *internals_;
  in.prepare_host();
  in.is_started = true;
  for (const auto& probe : in.probes) in.schedule_first(*probe);
  for (const auto& server : in.slots)
    for (const auto& real : server)
      for (const auto& place : real) {
        if (place.probe == nullptr) continue;
        const CheckerId id{static_cast<std::size_t>(&server - in.slots.data()), static_cast<std::size_t>(&real - server.data()),
                           static_cast<std::size_t>(&place - real.data())};
        in.log_activity(id, in.subscriber(id)->is_enabled ? "Activating" : "Suspending");
      }
  in.watch_files(true);
  in.tasks.spawn(in.dispatch());
}

void Checkers::use(const KeepalivedConfig& config, const ReloadPlan& plan, Settings settings) {
  std::vector<std::pair<CheckerId, CheckerId>> was;
  for (std::size_t v = 0; v < plan.servers.size(); ++v) {
    if (!plan.servers[v].was) continue;
    for (std::size_t r = 0; r < plan.servers[v].servers.size(); ++r) {
      const ServerMatch& match = plan.servers[v].servers[r];
      if (!match.was) continue;
      for (std::size_t c = 0; c < match.checkers.size(); ++c)
        if (match.checkers[c]) was.emplace_back(CheckerId{v, r, c}, CheckerId{*plan.servers[v].was, *match.was, *match.checkers[c]});
    }
  }
  use(config, was, settings);
}

void Checkers::use(const KeepalivedConfig& config, const std::vector<std::pair<CheckerId, CheckerId>>& was, Settings settings) {
  Internals& in = *internals_;
  in.files.reset();  // it reads the former configuration
  Internals::Former former{.probes = {}, .watched = std::move(in.watched), .slots = std::move(in.slots)};
  for (auto& probe : in.probes) {
    const Probe* const key = probe.get();
    former.probes.emplace(key, std::move(probe));
  }
  in.probes.clear();
  in.watched.clear();
  in.slots.clear();
  in.by_hash.clear();
  in.config = &config;
  in.settings.shares_checks = settings.shares_checks;
  in.build(&former, was);
  for (const auto& [key, probe] : former.probes) {
    if (!probe) continue;
    if (probe->is_running) --in.running;
    if (probe->child > 0) in.tasks.spawn(in.reap(probe->child));
  }
  former.probes.clear();
  in.prepare_host();
  in.fill_queue();
  if (in.is_started) in.watch_files(false);
}

void Checkers::set_enabled(std::size_t virtual_server, bool enabled) {
  for (std::size_t r = 0; r < internals_->slots[virtual_server].size(); ++r) set_enabled(virtual_server, r, enabled);
}

void Checkers::set_enabled(std::size_t virtual_server, std::size_t server, bool enabled) {
  Internals& in = *internals_;
  const auto& places = in.slots[virtual_server][server];
  for (std::size_t c = 0; c < places.size(); ++c) {
    const CheckerId id{virtual_server, server, c};
    if (Subscriber* const subscriber = in.subscriber(id)) in.set_enabled(*subscriber, enabled);
    else in.set_enabled(in.watched[places[c].watched], enabled);
  }
}

CheckStatus Checkers::status(const CheckerId& id) const {
  Internals& in = *internals_;
  const Internals::Slot& place = in.slot(id);
  CheckStatus out;
  if (place.probe == nullptr) {
    const Watched& its = in.watched[place.watched];
    out.up = its.up;
    out.is_enabled = its.is_enabled;
    out.has_run = its.has_heard;
    return out;
  }
  const Probe& probe = *place.probe;
  out.up = probe.verdict.is_up();
  out.is_enabled = in.subscriber(id)->is_enabled;
  out.is_running = probe.is_running;
  out.has_run = probe.verdict.has_run();
  out.failures = probe.verdict.failures();
  out.shared_with = probe.subscribers.size() - 1;
  out.next = probe.next;
  out.history = probe.history.records(in.phrases);
  return out;
}

Load Checkers::load() const {
  return {.checks = internals_->probes.size(), .running = internals_->running, .runs = internals_->runs, .worst_delay = internals_->worst_delay};
}

void Checkers::on_bfd(std::size_t bfd, bool up) { internals_->on_bfd(bfd, up); }

}  // namespace checkerd::checkers
