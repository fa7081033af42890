#include "proxyd/logs/render.h"

#include <unistd.h>

#include "proxyd/logs/render_object.h"
#include "proxyd/logs/request_text.h"

namespace proxyd::logs {
namespace {

using lib::base::WallTime;
using lib::log::Dates;

std::int64_t second_of(WallTime when) {
  return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

unsigned millisecond_of(WallTime when) {
  const auto second = std::chrono::floor<std::chrono::seconds>(when);
  return static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(when - second).count());
}

void put_three_digits(unsigned value, LineWriter& out) {
  out.put(static_cast<char>('0' + value / 100 % 10));
  out.put(static_cast<char>('0' + value / 10 % 10));
  out.put(static_cast<char>('0' + value % 10));
}

WallTime request_date(const LogRecord& record) {
  return record.requested == WallTime{} ? record.accepted : record.requested;
}

std::string_view backend_of(const LogRecord& record, const LineContext& context) {
  return record.backend.empty() ? context.frontend : record.backend;
}

/// "+12" while the transfer still goes on (logasap).
template <class Number>
void put_growing(Number value, const LineContext& context, LineWriter& out) {
  if (context.as_soon) out.put('+');
  out.put_number(value);
}

void put_retries(const LogRecord& record, LineWriter& out) {
  if (record.redispatched) out.put('+');
  out.put_number(record.retries);
}

void put_or_dash(std::string_view text, LineWriter& out) {
  if (text.empty()) out.put('-');
  else out.put(text);
}

void put_request_line(const LogRecord& record, const LineContext& context, bool escape, LineWriter& out) {
  if (record.bad_request) return out.put(kBadRequest);
  const RequestText text = cut_request(record, context.uri_length);
  out.put_encoded(text.method, {}, escape);
  out.put(' ');
  out.put_encoded(text.uri, {}, escape);
  if (text.version.empty()) return;
  out.put(' ');
  out.put_encoded(text.version, {}, escape);
}

/// "{a|b}"
void put_captures(std::span<const std::string_view> captures, const FormatItem& item, LineWriter& out) {
  if (item.quote) out.put('"');
  out.put('{');
  for (std::size_t i = 0; i < captures.size(); ++i) {
    if (i != 0) out.put('|');
    out.put_encoded(captures[i], "{|}", item.escape);
    if (out.is_full()) return;
  }
  out.put('}');
  if (item.quote) out.put('"');
}

/// The same for the common log format: `"a" "b"`, or `a -`.
void put_captures_apart(std::span<const std::string_view> captures, const FormatItem& item, LineWriter& out) {
  for (std::size_t i = 0; i < captures.size(); ++i) {
    if (i != 0) out.put(' ');
    if (item.quote) out.put('"');
    if (!captures[i].empty()) out.put_encoded(captures[i], "{|}", item.escape);
    else if (!item.quote) out.put('-');
    if (item.quote) out.put('"');
    if (out.is_full()) return;
  }
}

void put_busy(const LogRecord& record, LineWriter& out) {
  out.put_number(record.process_connections);
  out.put('/');
  out.put_number(record.frontend_connections);
  out.put('/');
  out.put_number(record.backend_connections);
  out.put('/');
  out.put_number(record.server_connections);
  out.put('/');
  put_retries(record, out);
  out.put(' ');
  out.put_number(record.server_queue);
  out.put('/');
  out.put_number(record.backend_queue);
}

/// "[date] frontend backend/server "
void put_names(WallTime when, const LogRecord& record, const LineContext& context, Dates& dates, LineWriter& out) {
  put_client(record, out);
  out.put_short(" [");
  put_date_with_ms(dates, when, out);
  out.put_short("] ");
  out.put(context.frontend);
  if (record.front_is_tls) out.put('~');
  out.put(' ');
  out.put(backend_of(record, context));
  out.put('/');
  out.put(record.server);
  out.put(' ');
}

/// One item of a compiled format. `put_*` members write by the item's flags.
class FieldWriter {
 public:
  FieldWriter(const LogRecord& record, const LineContext& context, Dates& dates, LineWriter& out)
      : record_{record}, context_{context}, dates_{dates}, out_{out} {}

  void put(const FormatItem& item);

 private:
  void put_text(const FormatItem& item, std::string_view text);
  void put_encoded(const FormatItem& item, std::string_view text);
  void put_host(const FormatItem& item, const lib::net::Address& address);
  void put_port(const FormatItem& item, const lib::net::Address& address);
  void put_count(const FormatItem& item, std::uint64_t value);
  void put_request(const FormatItem& item);
  void put_time(const FormatItem& item);
  void put_date(const FormatItem& item);
  void put_busy_field(const FormatItem& item);
  void put_name(const FormatItem& item);
  void put_sample(const FormatItem& item);

  const LogRecord& record_;
  const LineContext& context_;
  Dates& dates_;
  LineWriter& out_;
};

void FieldWriter::put_text(const FormatItem& item, std::string_view text) {
  if (item.quote) out_.put('"');
  if (text.empty() && !item.quote && item.mandatory) out_.put('-');
  if (item.escape) out_.put_escaped(text);
  else out_.put(text);
  if (item.quote) out_.put('"');
}

void FieldWriter::put_encoded(const FormatItem& item, std::string_view text) {
  if (item.quote) out_.put('"');
  if (record_.bad_request) out_.put(kBadRequest);
  else out_.put_encoded(text, {}, item.escape);
  if (item.quote) out_.put('"');
}

void FieldWriter::put_host(const FormatItem& item, const lib::net::Address& address) {
  if (address.family() == AF_UNSPEC) return put_text(item, {});
  if (item.hexadecimal && address.is_ip()) return out_.put_host_hexadecimal(address);
  if (item.quote) out_.put('"');
  out_.put_host(address);
  if (item.quote) out_.put('"');
}

void FieldWriter::put_port(const FormatItem& item, const lib::net::Address& address) {
  if (address.family() == AF_UNSPEC) return put_text(item, {});
  put_count(item, address.is_ip() ? address.port() : record_.listener_id);
}

void FieldWriter::put_count(const FormatItem& item, std::uint64_t value) {
  if (item.hexadecimal) out_.put_hexadecimal(value, 4);
  else out_.put_number(value);
}

void FieldWriter::put_request(const FormatItem& item) {
  const RequestText text = cut_request(record_, context_.uri_length);
  switch (item.field) {
    case Field::Method: return put_encoded(item, text.method);
    case Field::Uri: return put_encoded(item, text.uri);
    case Field::Path: return put_encoded(item, without_query(text.uri));
    case Field::PathOnly: return put_encoded(item, path_only(text.uri));
    case Field::Query: return put_encoded(item, query_of(text.uri));
    case Field::Version: return put_encoded(item, text.version.empty() ? "HTTP/0.9" : text.version);
    default: break;
  }
  if (item.quote) out_.put('"');
  put_request_line(record_, context_, item.escape, out_);
  if (item.quote) out_.put('"');
}

void FieldWriter::put_time(const FormatItem& item) {
  switch (item.field) {
    case Field::HandshakeTime: return out_.put_number(record_.handshake);
    case Field::IdleTime: return out_.put_number(record_.idle);
    case Field::RequestTime: return out_.put_number(record_.request);
    case Field::WholeRequestTime: return out_.put_number(record_.whole_request);
    case Field::QueueTime: return out_.put_number(record_.queue);
    case Field::ConnectTime: return out_.put_number(record_.connect);
    case Field::ResponseTime: return out_.put_number(record_.response);
    case Field::DataTime: return out_.put_number(record_.data);
    case Field::ActiveTime: return put_growing(record_.active, context_, out_);
    case Field::TotalTime: return put_growing(record_.total, context_, out_);
    default: return put_growing(record_.user, context_, out_);
  }
}

void FieldWriter::put_date(const FormatItem& item) {
  const WallTime accepted = record_.accepted, requested = request_date(record_);
  switch (item.field) {
    case Field::DateWithMs: return put_date_with_ms(dates_, accepted, out_);
    case Field::RequestDate: return put_date_with_ms(dates_, requested, out_);
    case Field::DateUtc: return out_.put_short(dates_.common_utc(second_of(accepted)));
    case Field::RequestDateUtc: return out_.put_short(dates_.common_utc(second_of(requested)));
    case Field::DateLocal: return out_.put_short(dates_.common_zoned(second_of(accepted)));
    case Field::RequestDateLocal: return out_.put_short(dates_.common_zoned(second_of(requested)));
    case Field::DateMs: return put_three_digits(millisecond_of(accepted), out_);
    default: return put_count(item, static_cast<std::uint64_t>(second_of(accepted)));
  }
}

void FieldWriter::put_busy_field(const FormatItem& item) {
  switch (item.field) {
    case Field::ProcessConnections: return out_.put_number(record_.process_connections);
    case Field::FrontendConnections: return out_.put_number(record_.frontend_connections);
    case Field::BackendConnections: return out_.put_number(record_.backend_connections);
    case Field::ServerConnections: return out_.put_number(record_.server_connections);
    case Field::Retries: return put_retries(record_, out_);
    case Field::ServerQueue: return out_.put_number(record_.server_queue);
    case Field::BackendQueue: return out_.put_number(record_.backend_queue);
    case Field::Status: return out_.put_number(record_.status);
    case Field::BytesOut: return put_growing(record_.bytes_to_client, context_, out_);
    case Field::BytesIn: return out_.put_number(record_.bytes_from_client);
    case Field::RequestCounter: return put_count(item, record_.request_counter);
    case Field::Counter: return put_count(item, context_.line_number);
    default: return put_count(item, static_cast<std::uint64_t>(::getpid()));
  }
}

void FieldWriter::put_name(const FormatItem& item) {
  switch (item.field) {
    case Field::Frontend: return put_text(item, context_.frontend);
    case Field::FrontendTls:
      if (item.quote) out_.put('"');
      out_.put(context_.frontend);
      if (record_.front_is_tls) out_.put('~');
      if (item.quote) out_.put('"');
      return;
    case Field::Backend: return put_text(item, backend_of(record_, context_));
    case Field::Server: return put_text(item, record_.server);
    case Field::HostName: return put_text(item, context_.host_name);
    case Field::UniqueId: return put_text(item, record_.unique_id);
    case Field::RequestCookie: return put_text(item, record_.request_cookie);
    case Field::ResponseCookie: return put_text(item, record_.response_cookie);
    case Field::TlsCipher: return put_text(item, record_.tls_cipher);
    case Field::Origin: return put_text(item, "txn_close");
    case Field::TlsVersion: return put_text(item, record_.tls_version);
    case Field::Termination2: return out_.put_short({record_.termination, 2});
    default: return out_.put_short({record_.termination, 4});
  }
}

void FieldWriter::put_sample(const FormatItem& item) {
  if (context_.samples == nullptr) return put_text(item, {});
  samples::Context& context = *context_.samples;
  const samples::ArenaScope scope{context.arena()};
  samples::Sample sample;
  const bool is_there = item.expression->evaluate(context, sample);
  const std::string_view text = is_there ? samples::text_of(sample, context.arena()) : std::string_view{};
  if (!context_.in_message) return put_text(item, text);
  if (item.escape) out_.put_escaped(text);
  else out_.put(text);
}

void FieldWriter::put(const FormatItem& item) {
  if (item.kind == FormatItem::Kind::Sample) return put_sample(item);
  switch (item.field) {
    using enum Field;
    case ClientAddress: return put_host(item, record_.client);
    case ClientPort: return put_port(item, record_.client);
    case DestinationAddress: return put_host(item, record_.destination);
    case DestinationPort: return put_port(item, record_.destination);
    case BackAddress: return put_host(item, record_.back_source);
    case BackPort: return put_port(item, record_.back_source);
    case ServerAddress: return put_host(item, record_.back_destination);
    case ServerPort: return put_port(item, record_.back_destination);
    case DateWithMs: case RequestDate: case DateUtc: case RequestDateUtc: case DateLocal: case RequestDateLocal:
    case DateMs: case DateSeconds:
      return put_date(item);
    case HandshakeTime: case IdleTime: case RequestTime: case WholeRequestTime: case QueueTime: case ConnectTime:
    case ResponseTime: case DataTime: case ActiveTime: case TotalTime: case UserTime:
      return put_time(item);
    case RequestLine: case Method: case Uri: case Path: case PathOnly: case Query: case Version:
      return put_request(item);
    case RequestCaptures: return put_captures(record_.request_captures, item, out_);
    case ResponseCaptures: return put_captures(record_.response_captures, item, out_);
    case RequestCapturesClf: return put_captures_apart(record_.request_captures, item, out_);
    case ResponseCapturesClf: return put_captures_apart(record_.response_captures, item, out_);
    case Frontend: case FrontendTls: case Backend: case Server: case HostName: case UniqueId: case RequestCookie:
    case ResponseCookie: case TlsCipher: case TlsVersion: case Termination2: case Termination4: case Origin:
      return put_name(item);
    default: return put_busy_field(item);
  }
}

/// Captures that were not declared print nothing, and then the blanks around them are one.
bool is_absent(Field field, const LogRecord& record) {
  switch (field) {
    case Field::RequestCaptures:
    case Field::RequestCapturesClf: return record.request_captures.empty();
    case Field::ResponseCaptures:
    case Field::ResponseCapturesClf: return record.response_captures.empty();
    default: return false;
  }
}

}  // namespace

void put_date_with_ms(Dates& dates, WallTime when, LineWriter& out) {
  out.put_short(dates.common(second_of(when)));
  out.put('.');
  put_three_digits(millisecond_of(when), out);
}

void put_client(const LogRecord& record, LineWriter& out) {
  out.put_host(record.client);
  out.put(':');
  if (record.client.is_ip()) out.put_number(record.client.port());
  else out.put_number(record.listener_id);
}

void render_item(const FormatItem& item, const LogRecord& record, const LineContext& context, Dates& dates, LineWriter& out) {
  FieldWriter{record, context, dates, out}.put(item);
}

void render(const Format& format, const LogRecord& record, const LineContext& context, Dates& dates, LineWriter& out) {
  if (format.encoding != formats::Encoding::Text) return render_object(format, record, context, dates, out);
  FieldWriter fields{record, context, dates, out};
  bool after_blank = true;  // a line does not begin with one
  for (const FormatItem& item : format.items) {
    if (out.is_full()) return;
    switch (item.kind) {
      case FormatItem::Kind::Separator:
        if (!after_blank) out.put(' ');
        after_blank = true;
        break;
      case FormatItem::Kind::Text:
        out.put(item.text);
        after_blank = false;
        break;
      case FormatItem::Kind::Sample:
        fields.put(item);
        after_blank = false;
        break;
      case FormatItem::Kind::Field:
        if (is_absent(item.field, record)) break;
        fields.put(item);
        after_blank = false;
        break;
    }
  }
}

void render_http(const LogRecord& record, const LineContext& context, Dates& dates, LineWriter& out) {
  put_names(request_date(record), record, context, dates, out);
  for (const TimerMs timer : {record.request, record.queue, record.connect, record.response}) {
    out.put_number(timer);
    out.put('/');
  }
  put_growing(record.active, context, out);
  out.put(' ');
  out.put_number(record.status);
  out.put(' ');
  put_growing(record.bytes_to_client, context, out);
  out.put(' ');
  put_or_dash(record.request_cookie, out);
  out.put(' ');
  put_or_dash(record.response_cookie, out);
  out.put(' ');
  out.put_short({record.termination, 4});
  out.put(' ');
  put_busy(record, out);
  out.put(' ');
  const FormatItem plain;
  if (!record.request_captures.empty()) {
    put_captures(record.request_captures, plain, out);
    out.put(' ');
  }
  if (!record.response_captures.empty()) {
    put_captures(record.response_captures, plain, out);
    out.put(' ');
  }
  out.put('"');
  put_request_line(record, context, false, out);
  out.put('"');
}

void render_tcp(const LogRecord& record, const LineContext& context, Dates& dates, LineWriter& out) {
  put_names(record.accepted, record, context, dates, out);
  out.put_number(record.queue);
  out.put('/');
  out.put_number(record.connect);
  out.put('/');
  put_growing(record.total, context, out);
  out.put(' ');
  put_growing(record.bytes_to_client, context, out);
  out.put(' ');
  out.put_short({record.termination, 2});
  out.put(' ');
  put_busy(record, out);
}

void render_connection_error(const LogRecord& record, std::string_view frontend, std::string_view listener,
                             std::string_view message, Dates& dates, LineWriter& out) {
  put_client(record, out);
  out.put_short(" [");
  put_date_with_ms(dates, record.accepted, out);
  out.put_short("] ");
  out.put(frontend);
  out.put('/');
  out.put(listener);
  out.put_short(": ");
  out.put(message);
}

}  // namespace proxyd::logs
