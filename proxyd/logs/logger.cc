#include "proxyd/logs/logger.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "proxyd/formats/format.h"
#include "proxyd/logs/render.h"
#include "proxyd/logs/rings.h"

namespace proxyd::logs {
namespace {

using lib::log::Level;
using lib::log::Sender;
using lib::log::Target;

std::string own_host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

Target::Kind kind_of(const config::LogTarget& from) {
  using enum config::LogTarget::Kind;
  if (from.kind == Ring) return Target::Kind::Ring;
  return from.kind == Udp || from.kind == Unix ? Target::Kind::Datagram : Target::Kind::Descriptor;
}

int descriptor_of(const config::LogTarget& from) {
  switch (from.kind) {
    case config::LogTarget::Kind::Stdout: return STDOUT_FILENO;
    case config::LogTarget::Kind::Stderr: return STDERR_FILENO;
    default: return from.fd;
  }
}

lib::log::Style style_of(config::LogFormatStyle style) {
  switch (style) {
    using enum config::LogFormatStyle;
    case Unset: return lib::log::Style::Default;
    case Local: return lib::log::Style::Local;
    case Rfc3164: return lib::log::Style::Rfc3164;
    case Rfc5424: return lib::log::Style::Rfc5424;
    case Iso: return lib::log::Style::Iso;
    case Short: return lib::log::Style::Short;
    case Priority: return lib::log::Style::Priority;
    case Timed: return lib::log::Style::Timed;
    case Raw: return lib::log::Style::Raw;
  }
  return lib::log::Style::Default;
}

std::shared_ptr<lib::log::Sampler> sampler_of(const config::LogSample& sample) {
  if (sample.size == 0) return nullptr;
  std::vector<lib::log::SampleRange> ranges;
  for (const config::LogSample::Range& each : sample.ranges) ranges.push_back({each.low, each.high});
  return std::make_shared<lib::log::Sampler>(std::move(ranges), sample.size);
}

Target target_of(const config::LogTarget& from, std::string_view tag, const config::Global& global, const Rings* rings) {
  Target target;
  target.kind = kind_of(from);
  target.style = style_of(from.style);
  target.length = from.length;
  switch (target.kind) {
    case Target::Kind::Datagram: target.where = from.where; break;
    case Target::Kind::Descriptor: target.fd = descriptor_of(from); break;
    case Target::Kind::Ring: {  // the ring's own form counts, not the line's
      OpenRing& ring = *rings->find(from.ring);  // the configuration was checked
      target.ring = &ring.lines;
      target.style = style_of(ring.conf.style);
      target.length = std::min(from.length, ring.conf.max_length);
      break;
    }
  }
  target.sampler = sampler_of(from.sample);
  target.facility = from.facility;
  target.max_level = static_cast<Level>(from.max_level);
  target.min_level = static_cast<Level>(from.min_level);
  target.tag = tag;
  if (global.log_send_hostname)
    target.host = global.log_send_hostname->empty() ? own_host_name() : *global.log_send_hostname;
  return target;
}

bool is_http(const config::Proxy& proxy) { return proxy.mode == config::Mode::Http; }

formats::NeedsMode mode_of(const config::Proxy& proxy) {
  return is_http(proxy) ? formats::NeedsMode::Http : formats::NeedsMode::Any;
}

/// The format string of lines that have no function of their own; empty for those that have.
std::string_view format_text(const config::Proxy& proxy) {
  switch (proxy.log_line) {
    case config::LogLine::HttpLogClf: return formats::kHttpLogClfFormat;
    case config::LogLine::TcpLogClf: return formats::kTcpLogClfFormat;
    case config::LogLine::Custom: return proxy.log_format;
    default: return {};
  }
}

bool went_wrong(const LogRecord& record) {
  const char first = record.termination[0];
  return (first != '-' && first != 'L') || record.status >= 500 || record.retries != 0 || record.redispatched;
}

/// Longer than any target takes is not worth writing.
std::size_t longest_line(const lib::log::TargetTable& table, const std::vector<lib::log::TargetId>& targets) {
  std::size_t longest = 0;
  for (const lib::log::TargetId id : targets) longest = std::max<std::size_t>(longest, table[id].length);
  return std::min(longest, Sender::kMaxText - LineWriter::kSlack);
}

}  // namespace

struct ProxyLogger::Line {
  std::shared_ptr<const Format> format;  // null: the functions for httplog and tcplog
  std::string host_name;
  std::atomic<std::uint32_t> written{0};
};

ProxyLogger::ProxyLogger(const config::Proxy& proxy, const config::Global& global, lib::log::TargetTable& targets,
                         std::string_view program, const Rings* rings)
    : conf_{proxy}, line_{std::make_unique<Line>()}, uri_length_{global.log_uri_length} {
  std::string_view tag = proxy.log_tag;
  if (tag.empty()) tag = global.log_tag.empty() ? program : std::string_view{global.log_tag};
  for (const config::LogTarget& target : proxy.logs) {
    Target made = target_of(target, tag, global, rings);
    made.structured_data = proxy.log_format_sd.form != nullptr && made.style == lib::log::Style::Rfc5424;
    targets_.push_back(targets.add(made));
    (made.structured_data ? sd_targets_ : plain_targets_).push_back(targets_.back());
  }
  max_size_ = longest_line(targets, targets_);
  line_->host_name = own_host_name();
  line_->format = proxy.log_form;
  const std::string_view text = format_text(proxy);
  if (line_->format != nullptr || (text.empty() && proxy.log_line != config::LogLine::Custom)) return;
  lib::base::Result<Format, formats::FormatFault> format = formats::compile_format(text, mode_of(proxy));
  if (format) line_->format = std::make_shared<const Format>(std::move(*format));
}

ProxyLogger::~ProxyLogger() = default;
ProxyLogger::ProxyLogger(ProxyLogger&&) noexcept = default;

bool ProxyLogger::shows_destination() const { return line_->format != nullptr && line_->format->shows_destination; }
bool ProxyLogger::shows_back_addresses() const { return line_->format != nullptr && line_->format->shows_back_addresses; }

bool ProxyLogger::write(Sender& sender, const LogRecord& record, samples::Context* samples) const {
  if (!is_worth_logging(conf_, record)) return false;
  const Level level = level_of(conf_, record);
  if (!sender.wants(targets_, level)) return true;
  LineContext context = context_for(samples);
  if (line_->format != nullptr && line_->format->counts)
    context.line_number = line_->written.fetch_add(1, std::memory_order_relaxed);
  write_line(sender, level, record, context);
  return true;
}

LineContext ProxyLogger::context_for(samples::Context* samples) const {
  LineContext context;
  context.frontend = conf_.name;
  context.host_name = line_->host_name;
  context.uri_length = uri_length_;
  context.as_soon = conf_.log_asap;
  context.samples = samples;
  return context;
}

std::string ProxyLogger::text(Sender& sender, const LogRecord& record, samples::Context* samples) const {
  std::string room(std::max<std::size_t>(max_size_, 1024) + LineWriter::kSlack, '\0');
  LineWriter out{room.data(), room.size() - LineWriter::kSlack};
  render_line(sender, record, context_for(samples), out);
  room.resize(out.size());
  return room;
}

void ProxyLogger::write_line(Sender& sender, Level level, const LogRecord& record, const LineContext& context) const {
  if (!sd_targets_.empty() && sender.wants(sd_targets_, level)) {
    LineWriter out{sender.room(), max_size_};
    render(*conf_.log_format_sd.form, record, context, sender.dates(), out);
    out.put(' ');
    render_line(sender, record, context, out);
    sender.finish(sd_targets_, level, out.size());
    if (plain_targets_.empty() || !sender.wants(plain_targets_, level)) return;
  }
  LineWriter out{sender.room(), max_size_};
  render_line(sender, record, context, out);
  sender.finish(plain_targets_, level, out.size());
}

void ProxyLogger::render_line(Sender& sender, const LogRecord& record, const LineContext& context, LineWriter& out) const {
  // What never became a request: haproxy's parser says it in place of the session.
  const bool is_fault = record.bad_request && record.status >= 0 && conf_.error_log_format.form != nullptr;
  if (is_fault) render(*conf_.error_log_format.form, record, context, sender.dates(), out);
  else if (line_->format != nullptr) render(*line_->format, record, context, sender.dates(), out);
  else if (is_http(conf_) && conf_.log_line != config::LogLine::TcpLog) render_http(record, context, sender.dates(), out);
  else render_tcp(record, context, sender.dates(), out);
}

void ProxyLogger::write_connect(Sender& sender, const LogRecord& record) const {
  if (!sender.wants(targets_, Level::Info)) return;
  LineWriter out{sender.room(), max_size_};
  out.put_short("Connect from ");
  put_client(record, out);
  out.put_short(" to ");
  out.put_host(record.destination);
  out.put(':');
  out.put_number(record.destination.is_ip() ? record.destination.port() : record.listener_id);
  out.put_short(" (");
  out.put(conf_.name);
  out.put_short(is_http(conf_) ? "/HTTP)" : "/TCP)");
  sender.finish(targets_, Level::Info, out.size());
}

void ProxyLogger::write_connection_error(Sender& sender, const LogRecord& record, const config::Bind& bind,
                                         std::string_view message, samples::Context* samples) const {
  const Level level = conf_.log_separate_errors ? Level::Err : Level::Info;
  if (!sender.wants(targets_, level)) return;
  const std::string id = bind.name.empty() ? fmt::format_int(bind.id).str() : std::string{};
  LineWriter out{sender.room(), max_size_};
  if (conf_.error_log_format.form != nullptr) {
    const LineContext context = context_for(samples);
    render(*conf_.error_log_format.form, record, context, sender.dates(), out);
    return sender.finish(targets_, level, out.size());
  }
  render_connection_error(record, conf_.name, bind.name.empty() ? id : bind.name, message, sender.dates(), out);
  sender.finish(targets_, level, out.size());
}

void ProxyLogger::write_state_event(Sender& sender, int level, std::string_view text) const {
  sender.send(targets_, static_cast<Level>(std::clamp(level, 0, 7)), text);
}

bool is_worth_logging(const config::Proxy& proxy, const LogRecord& record) {
  if (proxy.dontlog_null && record.bytes_from_client == 0 && !record.client_spoke) return false;
  return !proxy.dontlog_normal || went_wrong(record);
}

Level level_of(const config::Proxy& proxy, const LogRecord& record) {
  if (record.level) return static_cast<Level>(std::clamp(*record.level, 0, 7));
  return proxy.log_separate_errors && went_wrong(record) ? Level::Err : Level::Info;
}

}  // namespace proxyd::logs
