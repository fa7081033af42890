// A proxy's log: its targets, and its line format compiled once. Immutable: shared by all threads, each with its own
// lib::log::Sender.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/log/sender.h"
#include "lib/log/target.h"
#include "proxyd/config/model.h"
#include "proxyd/logs/record.h"
#include "proxyd/samples/expression.h"

namespace proxyd::logs {

struct LineContext;
class LineWriter;
class Rings;

class ProxyLogger {
 public:
  /// `targets` takes the proxy's targets; `program` is the tag where no "log-tag" is set; `rings` has those that its "log"
  /// lines name, null where none does.
  /// A format that was not compiled with the configuration and does not compile is replaced by httplog or tcplog.
  ProxyLogger(const config::Proxy& proxy, const config::Global& global, lib::log::TargetTable& targets,
              std::string_view program, const Rings* rings = nullptr);
  ~ProxyLogger();
  ProxyLogger(ProxyLogger&&) noexcept;

  /// False: nothing is ever written; do not even fill a record.
  bool is_on() const { return !targets_.empty(); }
  /// True when the proxy logs when a stream ends; false when only "Connect from" lines are written at accept.
  bool logs_streams() const { return is_on() && conf_.log_line != config::LogLine::None &&
                                     conf_.log_line != config::LogLine::Connect; }

  /// What costs a system call to find out: fill these fields of a record only where the format shows them.
  bool shows_destination() const;     // destination (%fi %fp)
  bool shows_back_addresses() const;  // back_source, back_destination (%bi %bp %si %sp)

  /// True when streams are logged before they end ("option logasap").
  bool logs_early() const { return logs_streams() && conf_.log_asap; }
  /// A stream's line, unless dontlognull or dontlog-normal keep it out: then false. `samples`: what the format's expressions
  /// look at.
  bool write(lib::log::Sender& sender, const LogRecord& record, samples::Context* samples = nullptr) const;
  /// What write() would write, without the log protocol's own beginning.
  std::string text(lib::log::Sender& sender, const LogRecord& record, samples::Context* samples = nullptr) const;
  /// "Connect from <src> to <dst> (<frontend>/<MODE>)", when the proxy has targets but no log format.
  /// Reads client, destination and listener_id of the record.
  void write_connect(lib::log::Sender& sender, const LogRecord& record) const;
  /// A connection that failed before its first request (PROXY header, handshake): `message` says why.
  /// "error-log-format" shows the record and `samples` instead.
  void write_connection_error(lib::log::Sender& sender, const LogRecord& record, const config::Bind& bind,
                              std::string_view message, samples::Context* samples) const;
  /// A change of state: server up or down, no server left, proxy stopped. `level` is syslog's.
  void write_state_event(lib::log::Sender& sender, int level, std::string_view text) const;

 private:
  struct Line;
  LineContext context_for(samples::Context* samples) const;

  const config::Proxy& conf_;  // lives in the snapshot, as this does
  void write_line(lib::log::Sender& sender, lib::log::Level level, const LogRecord& record, const LineContext& context) const;
  void render_line(lib::log::Sender& sender, const LogRecord& record, const LineContext& context, LineWriter& out) const;

  std::vector<lib::log::TargetId> targets_;
  std::vector<lib::log::TargetId> sd_targets_;  // those of targets_ whose lines begin with "log-format-sd"
  std::vector<lib::log::TargetId> plain_targets_;  // the others
  std::unique_ptr<Line> line_;
  std::uint32_t uri_length_;
  std::size_t max_size_ = 0;   // longest text that a target takes
};

/// Whether this stream is logged at all: "option dontlognull" and "option dontlog-normal".
bool is_worth_logging(const config::Proxy& proxy, const LogRecord& record);
/// "option log-separate-errors": err for what went wrong, info for the rest, unless the record has a level of its own.
lib::log::Level level_of(const config::Proxy& proxy, const LogRecord& record);

}  // namespace proxyd::logs
