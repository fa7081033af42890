// One TCP relay: what clients said before there was a server, what servers said before it was accepted, and its end.
#pragma once

#include "proxyd/session/buffer.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {

class TcpStream final : public Stream {
 public:
  using Stream::Stream;
  BufferPtr early;   // what the client said before there was a server
  BufferPtr answer;  // what the server said first, while rules look at it
  bool heard_end = false, answer_ended = false;  // the client's, the server's side is closed: no more will come

  void find_persistence();
  /// "option logasap": the line goes out now that the server was reached.
  void log_early();
  /// The final line and counters.
  void finish();

  std::optional<std::string_view> balance_text(std::string&) override;
  /// There is nothing to say first: only whether the connection stands.
  SendState send_opening() override;
  /// A reset always ends it; a client that closes may still want its answer, unless "option abortonclose" says no.
  bool watches_client() const override { return true; }
  ClientState look_at_client() override;
  /// Reads what is there of the client's first words into `early`, up to `limit` bytes.
  ClientState read_more(std::uint32_t limit);

  // samples::Subject
  std::string_view body(bool, samples::Arena&, bool& whole) const override {
    whole = true;
    return {};
  }
  std::string_view buffer(bool of_response, bool& whole) const override;

 private:
  bool write_log(const logs::LogRecord& record);
};

}  // namespace proxyd::session
