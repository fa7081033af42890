#include "proxyd/session/stream.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "lib/net/socket.h"
#include "proxyd/samples/text_output.h"
#include "lib/tls/server_layer.h"
#include "proxyd/session/pipe.h"

namespace proxyd::session {
namespace {

/// Milliseconds between two steps; -1 when the later one was never reached.
logs::TimerMs span_ms(Instant from, Instant to) {
  return to == Instant{} || from == Instant{} ? -1 : lib::base::to_ms(to - from);
}

std::int64_t whole_seconds(Instant moment) {
  return std::chrono::duration_cast<std::chrono::seconds>(moment.time_since_epoch()).count();
}

std::uint32_t as_mean(logs::TimerMs span) { return span > 0 ? static_cast<std::uint32_t>(span) : 0; }

}  // namespace

ClientState read_early(Front& front, Buffer& buffer, std::uint32_t limit) {
  const std::uint32_t room = limit > buffer.end ? limit - buffer.end : 0;
  if (room == 0) return ClientState::Unknown;
  const ssize_t got = front.descriptor.receive(buffer.room(), room);
  if (got == 0) return ClientState::Closed;
  if (got < 0) return errno == EAGAIN ? ClientState::Here : ClientState::Broken;
  buffer.end += static_cast<std::uint32_t>(got);
  return ClientState::Here;
}

Stream::~Stream() {
  release_backend();
  if (is_nice_ours_) front.be_nice(front.listener->conf->nice);
  if (ends_before_ == nullptr) return;
  front.info.source = ends_before_->source;
  Front::Announced& said = front.announcement();
  said.real_source = ends_before_->real_source;
  said.destination = ends_before_->destination;
}

lib::net::Address Stream::address(rules::ClientSide which) const {
  return which == rules::ClientSide::Source ? front.client() : front.destination();
}

void Stream::set_address(rules::ClientSide which, const lib::net::Address& address, samples::Place at) {
  const bool is_source = which == rules::ClientSide::Source;
  if (at == samples::Place::FrontConnection) {  // fc_src and fc_dst are that one, too
    if (is_source) {
      front.info.source = address;
    } else {
      front.set_destination(address);
      front.announcement().real_destination = address;
    }
    return;
  }
  if (at != samples::Place::FrontSession && ends_before_ == nullptr) {
    const Front::Announced& said = front.announcement();
    ends_before_ = std::make_unique<Ends>(Ends{front.info.source, said.real_source, said.destination});
  }
  if (is_source) front.set_source(address);
  else front.set_destination(address);
}

void Stream::set_packet_field(rules::PacketField field, std::uint32_t value) {
  if (is_dry) return;
  switch (field) {
    case rules::PacketField::Tos: return lib::net::set_tos(front.socket(), static_cast<std::uint8_t>(value));
    case rules::PacketField::Mark: return lib::net::set_mark(front.socket(), value);
    case rules::PacketField::BackTos: handling.back_tos = static_cast<std::uint8_t>(value); break;
    case rules::PacketField::BackMark: handling.back_mark = value; break;
  }
}

std::size_t Stream::most_text() const { return front.worker.buffers->normal.buffer_size(); }

void Stream::note_failed_rewrite() {
  if (is_dry) return;
  front_cell()[servers::Count::RewriteErrors].add();
  if (backend != nullptr) back_cell()[servers::Count::RewriteErrors].add();
}

void Stream::set_nice(int nice) {
  if (is_dry) return;
  is_nice_ours_ = true;
  front.be_nice(nice);
  if (back) back->descriptor.set_priority(front.descriptor.priority());
}

void Stream::limit_bandwidth(const rules::BandwidthFilter& filter, std::uint64_t limit, std::int64_t period_us) {
  Throttle& throttle = filter.of_response ? response_throttle : request_throttle;
  throttle.set(&filter, {.limit = limit, .period = Duration{period_us}, .min_size = filter.min_size}, now());
}

void Stream::expect_foreword(rules::Foreword which) {
  if (which == rules::Foreword::Proxy) front.expects_proxy = true;
  else front.expects_netscaler = true;
}

bool Stream::add_hint(std::string_view name, std::string_view value, samples::Context& context) {
  samples::TextOutput out{context.arena()};
  for (const std::string_view piece : {kept(kHintSlot), name, std::string_view{": "}, value, std::string_view{"\r\n"}}) out.put(piece);
  const std::string_view lines = out.finish();
  if (out.overflowed() || lines.size() > front.site->config->global.bufsize) return false;
  keep(kHintSlot, lines);
  return true;
}

void Stream::tell(std::string_view sink, std::string_view line) const {
  if (is_dry) return;
  if (sink == "stdout" || sink == "stderr") {
    const std::string text = fmt::format("{}\n", line);
    (void)!::write(sink == "stdout" ? STDOUT_FILENO : STDERR_FILENO, text.data(), text.size());  // nobody to tell of it
    return;
  }
  logs::OpenRing* const ring = front.worker.process.rings.find(sink);
  if (ring == nullptr) return;
  const std::int64_t now = now_us();
  const std::time_t second = now / 1'000'000;
  std::tm utc{};
  (void)::gmtime_r(&second, &utc);  // every second of a 64-bit clock of ours has a date
  (void)ring->lines.append(fmt::format("<0>{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00 {}", utc.tm_year + 1900, utc.tm_mon + 1,
                                       utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now % 1'000'000, line));
}

Duration Stream::tarpit_time() const {
  if (handling.tarpit_us != 0) return Duration{handling.tarpit_us};
  const Duration ours = front.conf().timeouts.tarpit_or_connect();
  return backend != nullptr && ours.count() == 0 ? back_conf().timeouts.tarpit_or_connect() : ours;
}

void Stream::release_backend() {
  // What the log shows as busy does not count this stream, nor the one that its slot goes to.
  if (backend != nullptr) others_in_backend = backend->sessions.value() - (is_counted ? 1 : 0);
  if (slot.server() != nullptr) {
    others_on_server = server->sessions.value() - 1;
  } else if (server != nullptr && is_counted) {
    others_on_server = server->sessions.value();  // it waited for that one
  }
  slot.reset();
  if (!is_counted) return;
  is_counted = false;
  backend->sessions.down();
  front.info.backend = nullptr;
  front.info.server = nullptr;
}

std::uint32_t Stream::number() {
  if (!number_) {
    std::atomic<std::uint64_t>& total = front.worker.process.counters.requests_total;
    number_ = static_cast<std::uint32_t>(is_dry ? total.load(std::memory_order_relaxed) : total.fetch_add(1, std::memory_order_relaxed));
  }
  return *number_;
}

void Stream::set_backend(servers::Backend& chosen) {
  backend = &chosen;
  front.info.backend = &chosen;
  backend->sessions.up();
  is_counted = true;
  backend->session_rate.tick(now());
  backend->last_session_s.store(whole_seconds(now()), std::memory_order_relaxed);
  back_cell()[servers::Count::SessTot].add();
}

PipePool* Stream::request_pipes() const {
  const config::Proxy& mine = front.conf();
  const config::Proxy& theirs = back_conf();
  const bool asked_for = mine.splice_request || mine.splice_auto || theirs.splice_request || theirs.splice_auto;
  return asked_for ? front.worker.pipes.get() : nullptr;
}

PipePool* Stream::response_pipes() const {
  const config::Proxy& mine = front.conf();
  const config::Proxy& theirs = back_conf();
  const bool asked_for = mine.splice_response || mine.splice_auto || theirs.splice_response || theirs.splice_auto;
  return asked_for ? front.worker.pipes.get() : nullptr;
}

void Stream::fill_record(logs::LogRecord& record, const formats::Format* also) {
  const Instant end = now();
  if (backend != nullptr) record.backend = backend->conf.name;
  if (server != nullptr) record.server = server->conf.name;
  record.client = front.client();
  if (front.tls != nullptr) {
    record.front_is_tls = true;
    record.tls_version = front.tls->version();
    record.tls_cipher = front.tls->cipher();
  }
  if (handling.log_level >= 0) record.level = handling.log_level;
  record.request_counter = number();
  const logs::ProxyLogger& logger = *front.frontend->logger;
  if (logger.shows_destination() || (also != nullptr && also->shows_destination)) record.destination = front.destination();
  if (logger.shows_back_addresses() && server != nullptr) {
    record.back_source = back_source;
    record.back_destination = back_destination;
  }
  record.listener_id = front.listener->conf->id;
  record.accepted = front.accepted_wall;
  record.requested = front.accepted_wall + (began == Instant{} ? Duration{} : began - front.accepted());
  if (front.requests <= 1) record.handshake = lib::base::to_ms(front.ready - front.accepted());
  record.queue = span_ms(head_done, queue_done);
  record.connect = span_ms(queue_done, connected);
  record.response = span_ms(connected, answered);
  record.data = span_ms(answered, answered == Instant{} ? Instant{} : end);
  record.total = lib::base::to_ms(end - front.accepted());
  record.bytes_to_client = bytes_to_client;
  record.bytes_from_client = bytes_from_client;
  record.unique_id = kept(kUniqueIdSlot);
  record.termination[0] = termination[0];
  record.termination[1] = termination[1];
  if (backend != nullptr && backend->conf.cookie.has_options()) {  // one that is only read is not logged
    record.termination[2] = affinity.seen;
    record.termination[3] = affinity.told;
  }
  record.process_connections = front.worker.process.counters.connections.value();
  record.frontend_connections = front.frontend->sessions.value();
  record.backend_connections = others_in_backend;
  record.server_connections = others_on_server;
  record.retries = retries;
  record.redispatched = redispatched;
  record.server_queue = server_queue_position;
  record.backend_queue = queue_position;
}

void Stream::fill_early(logs::LogRecord& record) const {
  record.backend_connections = backend->sessions.value();
  record.server_connections = server->sessions.value();
}

void Stream::count_bytes(std::uint64_t from_client, std::uint64_t to_client) {
  using servers::Count;
  const std::uint64_t in = from_client - counted_from_client, out = to_client - counted_to_client;
  counted_from_client = from_client;
  counted_to_client = to_client;
  const auto count_in = [&](servers::Cell& counts) {
    counts[Count::BytesIn].add(in);
    counts[Count::BytesOut].add(out);
  };
  count_in(front_cell());
  if (front.listener->counters) count_in(front.listener->counters->of(front.worker.index));
  front.worker.process.counters.bytes_out.fetch_add(out, std::memory_order_relaxed);
  if (servers::Backend* const counted = counted_backend(); counted != nullptr) count_in(counted->counters.of(front.worker.index));
  if (backend != nullptr && server != nullptr) count_in(server_cell());
}

void Stream::count_end() {
  using servers::Count;
  servers::Cell& front_counts = front_cell();
  count_bytes(bytes_from_client, bytes_to_client);
  const bool client_left = termination[0] == 'C' || termination[0] == 'c';
  const bool server_left = termination[0] == 'S' || termination[0] == 's';
  if (client_left && answered != Instant{}) front_counts[Count::ClientAborts].add();
  if (server_left && answered != Instant{}) front_counts[Count::ServerAborts].add();
  if (backend == nullptr) return;
  const auto count_side = [&](servers::Cell& counts) {
    if (client_left) counts[Count::ClientAborts].add();
    if (server_left && answered != Instant{}) counts[Count::ServerAborts].add();
  };
  count_side(back_cell());
  if (server == nullptr) return;
  count_side(server_cell());
  const auto add_times = [&](auto& side) {
    side.queue_time.add(as_mean(span_ms(head_done, queue_done)));
    side.connect_time.add(as_mean(span_ms(queue_done, connected)));
    side.response_time.add(as_mean(span_ms(connected, answered)));
    side.total_time.add(as_mean(span_ms(front.accepted() > began ? front.accepted() : began, now())));
  };
  if (connected == Instant{}) return;
  add_times(*backend);
  add_times(*server);
}

}  // namespace proxyd::session
