// What the proxy answers by itself: error pages, errorfiles, the statistics page.
#include "proxyd/session/local_answer.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "lib/http/h1_connection.h"
#include "lib/http/h1_settle.h"
#include "lib/http/pages.h"
#include "lib/http/status.h"
#include "proxyd/session/header_names.h"
#include "proxyd/rules/reply.h"
#include "proxyd/session/request_rules.h"
#include "proxyd/session/trace.h"

namespace proxyd::session {
namespace {

using lib::event::Task;
using servers::Count;


int status_of(std::string_view raw) {
  int status = 0;
  const std::size_t blank = raw.find(' ');
  if (blank != std::string_view::npos && raw.size() >= blank + 4)
    (void)std::from_chars(raw.data() + blank + 1, raw.data() + blank + 4, status);
  return status;
}

/// Reads what is still to come of a small request body (a form). False: too large or the client left.
Task<bool> read_form(HttpStream& stream, std::string& body) {
  Front& front = stream.front;
  if (stream.request.body != lib::http::BodyKind::Length) co_return stream.request.body == lib::http::BodyKind::None;
  const std::uint64_t length = stream.request.body_length;
  if (length > front.worker.buffers->normal.buffer_size()) co_return false;
  body.assign(stream.request_bytes->head(), std::min<std::size_t>(length, stream.request_bytes->size()));
  stream.request_bytes->consume(body.size());
  while (body.size() < length) {
    char piece[1024];
    const std::size_t want = std::min<std::size_t>(sizeof piece, length - body.size());
    const ssize_t got = front.descriptor.receive(piece, want);
    if (got > 0) {
      body.append(piece, static_cast<std::size_t>(got));
      continue;
    }
    if (got == 0 || errno != EAGAIN) co_return false;
    const Instant deadline = lib::base::deadline_after(front.now(), front.conf().timeouts.client);
    const lib::event::Wake wake = co_await front.waiter.ready(front.descriptor, lib::event::kRead, deadline);
    if (wake.timed_out() || (wake.notified && front.info.take_kill())) co_return false;
  }
  co_return true;
}

/// Drops a request body that came whole with its head: the connection can go on. False: there is more to come.
bool skip_received_body(HttpStream& stream) {
  if (stream.up) return false;
  Buffer& buffer = stream.first_body ? *stream.first_body : *stream.request_bytes;
  if (stream.is_tarpitted && buffer.room_size() != 0) {  // time enough for the body to arrive
    const ssize_t got = stream.front.descriptor.receive(buffer.room(), buffer.room_size());
    if (got > 0) buffer.end += static_cast<std::uint32_t>(got);
  }
  if (stream.request.body == lib::http::BodyKind::Chunked) {
    std::string copy{buffer.data + buffer.begin, buffer.size()};  // scanning edits
    lib::http::ChunkScanner scanner;
    const lib::http::ChunkScan scan = scanner.scan(copy.data(), copy.size());
    if (!scan.finished) return false;
    buffer.consume(scan.consumed);
    return true;
  }
  if (buffer.size() < stream.request.body_length) return false;
  buffer.consume(stream.request.body_length);
  return true;
}

/// What came of a body that nobody is sent, as it is counted.
std::uint64_t counted_body(const HttpStream& stream) {
  const std::string_view received = stream.received_body(false);
  if (stream.request.body == lib::http::BodyKind::Length) return std::min<std::uint64_t>(received.size(), stream.request.body_length);
  if (stream.request.body != lib::http::BodyKind::Chunked) return 0;
  std::string copy{received};  // scanning edits
  lib::http::ChunkScanner scanner;
  const bool finished = scanner.scan(copy.data(), copy.size()).finished;
  return std::min<std::uint64_t>(received.size(), scanner.payload()) + (finished ? 1 : 0);
}

}  // namespace

std::string_view Stream::page(int status) const {
  const auto in = [status](const config::Proxy& proxy) -> const std::string* {
    const auto found = proxy.error_files.find(status);
    return found != proxy.error_files.end() ? found->second.get() : nullptr;
  };
  if (backend != nullptr)
    if (const std::string* text = in(back_conf()); text != nullptr) return *text;
  if (const std::string* text = in(front.conf()); text != nullptr) return *text;
  const lib::http::Page* page = lib::http::find_page(status);
  return page != nullptr ? page->full : lib::http::find_page(500)->full;
}

std::string_view HttpStream::page(int wanted) const {
  // What cannot be parsed is refused before rules and errorfiles have their say, as haproxy does.
  if (bad_request)
    if (const lib::http::Page* page = lib::http::find_page(wanted); page != nullptr) return page->raw;
  return Stream::page(wanted);
}

bool is_for_stats(const HttpStream& stream, const config::Proxy& conf) {
  if (!conf.stats.enabled || !stream.local_uri().starts_with(conf.stats.uri)) return false;
  const lib::http::Method method = stream.request.method;
  return method == lib::http::Method::Get || method == lib::http::Method::Head || method == lib::http::Method::Post;
}

Task<After> answer_stats(HttpStream& stream, const config::Proxy& conf) {
  Front& front = stream.front;
  std::string form;
  const bool read = co_await read_form(stream, form);
  stream.is_stats = true;
  PageRequest request;
  request.method = stream.method();
  request.uri = stream.local_uri();
  request.authorization = stream.request.value_of(lib::http::FieldId::Authorization);
  request.body = form;
  request.client = front.client();
  request.subject = &stream;
  const PageAnswer answer = front.worker.process.stats_page(request, conf);
  if (!read) stream.wants_close = true;
  stream.request.body = read ? lib::http::BodyKind::None : stream.request.body;
  stream.queue_done = stream.connected = stream.answered = stream.now();
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, lib::http::reason_phrase(answer.status));
  const std::string length = fmt::format("content-length: {}\r\n", answer.body.size());
  if (answer.status == 401) {
    text += length;
    stream.wants_close = true;
  }
  for (const auto& [name, value] : answer.headers) {
    text += fmt::format("{}: {}\r\n", name, value);
    if (name == "content-type" && answer.status != 200 && answer.status != 401) text += length;
  }
  const bool chunked = answer.status == 200 && stream.request.is_http11();
  const bool head_only = stream.request.method == lib::http::Method::Head;
  if (head_only && answer.status == 200) {
    text += "\r\n";
  } else if (chunked) {
    text += "transfer-encoding: chunked\r\n\r\n";
    if (!answer.body.empty()) text += fmt::format("{:x}\r\n{}\r\n", answer.body.size(), answer.body);
    text += "0\r\n\r\n";
  } else {
    if (answer.status == 200) text += length;
    text += "\r\n";
    if (!head_only) text += answer.body;
  }
  if (stream.is_at_front()) stream.front_cell()[Count::Intercepted].add();
  stream.end_as('L', 'R');
  co_return co_await answer_with(stream, text);
}

void HttpStream::write_page(int wanted, samples::Context& context, std::string& out) {
  const auto reply_of = [wanted](const config::Proxy& proxy) -> const rules::Reply* {
    const auto found = proxy.error_replies.find(wanted);
    return found != proxy.error_replies.end() ? found->second.get() : nullptr;
  };
  const rules::Reply* reply = nullptr;
  if (!bad_request && backend != nullptr) {
    reply = reply_of(back_conf());
    if (reply == nullptr && back_conf().error_files.contains(wanted)) return void(out += page(wanted));
  }
  if (!bad_request && reply == nullptr) reply = reply_of(front.conf());
  if (reply == nullptr) return void(out += page(wanted));
  if (!reply->write(*this, context, out)) out += page(wanted);
}

std::string page_text(HttpStream& stream, int status) {
  stream.logged_status = status;
  std::string text;
  samples::Context context{stream, *stream.front.worker.scratch, samples::Place::FrontRequest};
  stream.write_page(status, context, text);
  return text;
}

Task<After> answer_locally(HttpStream& stream, int status) {
  stream.slot.reset();
  stream.back.reset();
  const std::string text = page_text(stream, status);
  co_return co_await answer_with(stream, text);
}

LocalAnswer::LocalAnswer(HttpStream& stream, std::string_view raw) : stream_{stream}, text_{raw} {
  stream.status = stream.logged_status != 0 ? stream.logged_status : status_of(raw);
  const bool parsed = !stream.bad_request && stream.head_done != Instant{};
  if (parsed && !stream.up) stream.unsent_body_counted = counted_body(stream);
  const bool body_pending = parsed && stream.has_request_body() && !(stream.up && stream.up->is_finished()) &&
                            !skip_received_body(stream);
  if (!parsed || !stream.request.keep_alive || body_pending || stream.front.takes_no_more() ||
      stream.front.conf().connection_mode == config::ConnectionMode::Close)
    stream.wants_close = true;
  if (raw.empty()) stream.wants_close = true;  // an empty errorfile: nothing is said
  lib::http::HeadState state;
  stream.response_edit.reset();
  const lib::http::Asked asked = parsed ? stream.client_asked() : lib::http::Asked{};
  if (parsed && lib::http::parse_response_head({text_.data(), text_.size()}, {.accept_invalid = true}, asked, state,
                                               stream.response) == lib::http::HeadStatus::Complete)
    edit(asked);
  else
    bytes_ = text_;
}

void LocalAnswer::edit(const lib::http::Asked& asked) {
  HttpStream& stream = stream_;
  lib::http::ResponseHead& head = stream.response;
  const Worker& worker = stream.front.worker;
  if (stream.is_stats && worker.process.tracing && !stream.is_dry) trace_response(stream, head);
  const bool is_head = asked.method == lib::http::Method::Head;
  // What has no end but the connection's, or asks for it.
  const bool is_endless = head.body == lib::http::BodyKind::UntilClose ||
                          (is_head && !stream.is_stats && head.status != 204 && head.status != 304 &&
                           head.find(lib::http::FieldId::ContentLength) == nullptr);
  if (is_endless || (head.is_http11() && !head.keep_alive)) stream.wants_close = true;
  if (!is_head) stream.bytes_to_client += text_.size() - head.size;
  if (head.status == 204 && text_.find("\r\ncontent-length: 0\r\n") != std::string::npos) stream.bytes_to_client += 15;
  stream.response_head = &head;
  const bool has_rules = has_after_response_rules(stream);
  if (!has_rules) stream.response_edit.emplace(head, area_);
  lib::http::HeadWriter& writer = *stream.response_writer();
  if (has_rules) {
    (void)apply_after_response_rules(stream);
    lib::http::reread_connection(head);
    if (head.connection_close) stream.wants_close = true;
    (void)lib::http::settle_framing(writer, asked.method);  // what contradicts is left for the client to see
  }
  stream.bytes_to_client +=
      counted_size(head, head.version.length + head.status_text.length + head.reason.length, CountedHop::Counted);
  stream.status = stream.logged_status != 0 ? stream.logged_status : head.status;
  using lib::http::Persistence;
  // An old version in an errorfile says nothing about the connection, which is ours.
  const bool old_page = !head.is_http11() && asked.http11;
  if (stream.wants_close || !old_page)
    (void)lib::http::forward_connection(writer, head, stream.wants_close ? Persistence::Close : Persistence::KeepAlive, asked);
  if (stream.front.conf().adjust_client_case) respell_names(writer, stream.front.site->config->global);
  bytes_.resize(writer.total());
  bytes_.resize(writer.flatten(bytes_));
  if (!is_head) bytes_.append(text_, head.size);
}

Task<After> answer_with(HttpStream& stream, std::string_view raw) {
  Front& front = stream.front;
  const LocalAnswer answer{stream, raw};
  const bool sent = co_await send_all(front, answer.bytes());
  if (!sent) stream.end_as('C', 'D');
  stream.finish();  // before the next request's bytes move: the log still shows this one's
  BufferPtr rest = stream.up ? stream.up->take_leftover() : std::move(stream.first_body);
  if (!rest) rest = std::move(stream.request_bytes);
  if (rest && !stream.wants_close && !rest->empty()) {
    rest->compact();
    front.input = std::move(rest);
  }
  if (!sent) co_return After::Close;
  co_return stream.wants_close ? After::Linger : After::Next;
}

void capture_error(HttpStream& stream, bool is_response) {
  Process& process = stream.front.worker.process;
  CapturedError error;
  error.when = lib::base::wall_now();
  error.frontend = stream.front.conf().name;
  error.frontend_id = stream.front.conf().id;
  if (stream.backend != nullptr) {
    error.backend = stream.back_conf().name;
    error.backend_id = stream.back_conf().id;
  }
  if (stream.server != nullptr) error.server = stream.server->conf.name;
  error.source = stream.front.client();
  error.is_response = is_response;
  const lib::http::HeadState& state = is_response ? stream.response_state : stream.request_state;
  error.position = state.fault_position();
  error.reason = lib::http::text(state.fault());
  if (const Buffer* bytes = is_response ? stream.response_bytes.get() : stream.request_bytes.get(); bytes != nullptr)
    error.bytes.assign(bytes->data + bytes->begin, bytes->size());
  const std::lock_guard lock{process.errors_mutex};
  error.number = process.errors_total++;
  // One request and one response error are kept for each proxy: the newest.
  const auto same = [&](const CapturedError& other) {
    return other.is_response == is_response &&
           (is_response ? other.backend_id == error.backend_id : other.frontend_id == error.frontend_id);
  };
  const auto old = std::find_if(process.errors.begin(), process.errors.end(), same);
  if (old != process.errors.end())
    *old = std::move(error);
  else
    process.errors.push_back(std::move(error));
}

}  // namespace proxyd::session
