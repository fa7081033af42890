// An HTTP request on its way and its response: the heads, their edits, the bodies in motion.
#pragma once

#include <sys/uio.h>

#include <array>
#include <optional>
#include <string>

#include "lib/http/h1_body.h"
#include "lib/http/h1_head.h"
#include "lib/http/h1_writer.h"
#include "proxyd/samples/expression.h"
#include "proxyd/session/pump.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {

/// Pieces waiting to be sent: a head as slices, and the first bytes of its body.
class Outgoing {
 public:
  static constexpr std::size_t kPieces = 48;
  static constexpr std::size_t kFlatBelow = 1024;
  std::span<iovec> room() { return {pieces_.data(), kPieces - 1}; }
  void set(std::size_t count);
  void append(std::span<char> bytes);
  /// Takes the head's empty line away; set_end() puts `end` there, in place of the one before. It must stay where it is.
  void open_end();
  void set_end(std::string& end);
  void rewind() { sent_ = 0; }
  bool is_done() const { return sent_ == total_; }
  std::size_t total() const { return total_; }
  std::size_t sent() const { return sent_; }
  /// All of it in one piece, to be looked at.
  std::string text() const;
  /// Sends from where it stopped.
  SendState send(lib::event::Channel& channel, bool more_follows);

 private:
  std::array<iovec, kPieces> pieces_;
  std::size_t count_ = 0;
  std::size_t open_count_ = 0;
  std::size_t total_ = 0;
  std::size_t sent_ = 0;
};

enum class HeadRead : std::uint8_t { Complete, NeedMore, Nothing, Closed, HalfClosed, Refused };

class HttpStream final : public Stream {
 public:
  explicit HttpStream(Front& client);

  // The request, and the buffer that its slices point into: kept to the end, for retries and the log.
  BufferPtr request_bytes;
  lib::http::HeadState request_state;
  lib::http::RequestHead request;
  std::optional<lib::http::HeadWriter> request_edit;
  // As received, whatever rules made of it since: for the log.
  lib::http::Slice received_method{}, received_target{};
  Outgoing request_out;
  std::optional<Pump> up;      // the request's body, while there is one to pass on
  BufferPtr first_body;        // what of the body came with the head
  BufferPtr kept_body;         // "retry-on": all of it, to be sent again

  BufferPtr response_bytes;
  lib::http::HeadState response_state;
  lib::http::ResponseHead response;
  std::optional<lib::http::HeadWriter> response_edit;
  Outgoing response_out;
  std::size_t response_head_size = 0;     // as sent to the client
  // Heads as haproxy counts them (see counted_size): what bytes_in, bytes_out and %B show.
  std::size_t request_counted = 0, response_counted = 0;
  std::uint64_t unsent_body_counted = 0;  // of a request that we answer: what came of its body
  std::optional<Pump> down;

  int status = -1;             // sent to the client, -1 none
  bool is_late = false;        // it was not complete in time, or it was tarpitted: the log shows no time for the request
  bool is_tarpitted = false;   // held on purpose: the log shows that time as spent in a queue
  int logged_status = 0;       // in place of the status of an answer of our own; 0: none
  bool bad_request = false;
  bool request_ruled = false, response_ruled = false;  // rules may have changed the head
  bool wants_close = false;    // the client's connection ends after this response
  bool back_must_close = false;
  bool is_stats = false;
  bool is_silent = false;      // monitoring requests are not logged

  /// How much of a head's buffer requests may fill ("tune.maxrewrite").
  std::uint32_t head_limit() const;
  /// Reads once and parses. Nothing: no byte was there.
  HeadRead read_request();
  /// Ready to send to the chosen backend: headers added and removed, pieces gathered.
  bool prepare_request();
  bool is_websocket() const override { return request.websocket; }
  bool has_opening() const override { return true; }
  bool watches_client() const override { return back_conf().abort_on_close || front.carrier != nullptr; }
  ClientState look_at_client() override;
  std::optional<std::string_view> balance_text(std::string& made) override;
  SendState send_opening() override;
  void rewind_opening() override;
  /// Parses what is in response_bytes.
  lib::http::HeadStatus parse_response();
  /// How the client asked, whatever rules made of its method.
  lib::http::Asked client_asked() const;
  /// Notes its size as received, before rules change it: see counted_size().
  void count_response_head();
  /// Decides how both connections live on, edits the head and gathers it with what is there of the body.
  bool prepare_response();
  /// What a line about this stream shows, but for the version and captures.
  void fill_http_record(logs::LogRecord& record, const formats::Format* also);
  void fill_for(logs::LogRecord& record, const formats::Format& format) override;
  /// "option logasap": the line goes out now that the response's head is there; sizes and times say so.
  void log_early();
  /// The final line and counters.
  void finish();

  bool has_request_body() const override { return request.body != lib::http::BodyKind::None; }
  bool request_is_sent() const { return request_out.is_done() && (!up || up->is_finished()); }

  // rules::Actor
  bool is_early() const override;
  lib::http::HeadWriter* request_writer() override;
  lib::http::HeadWriter* response_writer() override;
  std::string_view page(int wanted) const override;
  bool is_asked_as_proxy() const override;  // also samples::Subject's
  void write_page(int wanted, samples::Context& context, std::string& out) override;

  std::string_view method() const { return request.method_text(); }
  std::string_view uri() const { return request.target_text(); }
  /// The target without the scheme and authority that HTTP/2 gives it.
  std::string_view local_uri() const;

  // samples::Subject
  bool fact(samples::Fact which, std::int64_t number, samples::Sample& out, samples::Arena& arena) const override;
  std::string_view body(bool of_response, samples::Arena& arena, bool& whole) const override;
  std::string_view buffer(bool of_response, bool& whole) const override;

  std::string_view received_body(bool of_response) const;
  /// The server has answered: its counters show it, whatever becomes of the answer.
  void count_answer();

 private:
  bool answer_is_counted_ = false;
  void begin_request_clock();
  bool settle_request(lib::http::HeadWriter& writer);
  bool settle_response(lib::http::HeadWriter& writer);
  bool shorten_target(lib::http::HeadWriter& writer);
  void set_added_fields(bool hidden);
  bool add_websocket_key(lib::http::HeadWriter& writer);
  bool answers_websocket_key() const;
  ClientState look_at_input();
  bool add_forwarding_headers(lib::http::HeadWriter& writer);
  bool write_log(logs::LogRecord& record);
  std::span<char> edit_room();
  std::span<char> whole_buffer(BufferPtr& buffer);
  std::array<char, 8> received_version_{};  // what the log shows, as text
  std::array<char, 2048> request_area_;
  BufferPtr large_area_;   // in place of request_area_, where more may be changed
  BufferPtr large_response_area_;
  std::string websocket_key_;  // that we asked the server with, in place of a client of HTTP/2
  std::string name_line_;  // "http-send-name-header" and the empty line
  std::array<char, 1024> response_area_;
};

/// The size that haproxy's counters give a head: its internal form, not its wire form. 20 for the start line and its three
/// words, names and values of fields without separators, 1 for the end. Call it before fields for the next hop are added.
enum class CountedHop : std::uint8_t { LeftOut, Counted };  // a Connection that says only close or keep-alive
std::size_t counted_size(const lib::http::MessageHead& head, std::size_t start_line_words,
                         CountedHop hop = CountedHop::LeftOut);

/// How a client's connection goes on after a request. Refuse: it is closed, also where others of its streams are being served.
enum class After : std::uint8_t { Wait, Next, Close, Refuse, Linger, Http2 };

/// Serves one request on the connection, from its first byte to its last. Wait: there was nothing to read. Http2: the client
/// speaks that, without having asked (RFC 9113 section 3.3); front.input has its first bytes.
lib::event::Task<After> serve_request(Front& front, Instant head_deadline);

/// Sends a page of our own (errorfile or built-in) and ends the stream with that status.
lib::event::Task<After> answer_locally(HttpStream& stream, int status);
/// Sends a whole HTTP answer in text form, adding what the connection needs.
lib::event::Task<After> answer_with(HttpStream& stream, std::string_view raw);
/// What is awaited of a body: its end, or so many bytes of it.
inline constexpr std::uint64_t kWholeBody = UINT64_MAX;
/// Waits for the request's body, or as much of it as a buffer takes. False: time is over.
lib::event::Task<bool> buffer_body(HttpStream& stream, Instant deadline, std::uint64_t at_least);
/// The same for the response's, which is being read.
lib::event::Task<bool> buffer_response_body(HttpStream& stream, Instant deadline, std::uint64_t at_least);
/// The statistics page of that proxy. False: the request is not for it.
bool is_for_stats(const HttpStream& stream, const config::Proxy& conf);
lib::event::Task<After> answer_stats(HttpStream& stream, const config::Proxy& conf);
/// Keeps a copy of what was refused for `show errors`.
void capture_error(HttpStream& stream, bool is_response);

}  // namespace proxyd::session
