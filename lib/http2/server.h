// HTTP/2 towards clients: their requests as the text of HTTP/1, and answers in that text back into frames.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "lib/http/h2_text.h"
#include "lib/http/h2_request.h"
#include "lib/http2/connection.h"

namespace lib::http2 {

class ServerStream final : public Stream {
 public:
  ServerStream(Connection& connection, std::int32_t id, http::Asked asked) : Stream{connection, id}, answer_{asked} {}

 private:
  friend class ServerConnection;
  http::H2Text& text() override { return answer_; }
  bool take_head() override;
  bool submit() override;
  bool ends_when_reset() const override { return true; }  // nobody takes an answer

  http::H2Answer answer_;
  std::array<char, 3> status_{};  // as text
};

class ServerConnection final : public Connection {
 public:
  /// Null: memory is short.
  static std::unique_ptr<ServerConnection> make(const Settings& settings);
  ~ServerConnection() override { abort(); }
  /// The next request whose head is there; null: none. It waits for its layer.
  Stream* take_request();
  bool end_input() override { return end_streams_input(); }
  /// How often the client broke a rule since the last call.
  std::uint32_t take_faults() { return std::exchange(faults_, 0); }

 private:
  ServerConnection() = default;
  void begin_fields(std::int32_t id, bool opens_stream) override;
  void add_field(std::int32_t id, std::string_view name, std::string_view value) override;
  void end_fields(std::int32_t id, bool ends) override;
  void note_fault() override { ++faults_; }
  void note_closed(Stream* stream) override;
  void end_request(std::int32_t id, bool ends);
  void end_trailers(std::int32_t id);

  http::H2RequestText request_;       // the block of fields that is being received
  http::H2Fault fault_ = http::H2Fault::None;
  bool opens_stream_ = false;
  std::uint32_t faults_ = 0;
  std::string trailers_;
  std::deque<Stream*> requests_;      // not taken yet
};

}  // namespace lib::http2
