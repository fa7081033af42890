// HTTP/2 towards servers: requests in HTTP/1's text into frames, responses back into that text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/http/h2_response.h"
#include "lib/http/h2_text.h"
#include "lib/http2/connection.h"

namespace lib::http2 {

class ClientConnection;

class ClientStream final : public Stream {
 public:
  explicit ClientStream(ClientConnection& connection);

 private:
  friend class ClientConnection;
  bool open();
  http::H2Text& text() override { return question_; }
  bool take_head() override { return is_head_waiting_ = true; }
  bool submit() override;
  bool ends_when_reset() const override { return false; }  // what the server said before that counts

  ClientConnection& owner_;  // while connection_ is set
  http::H2Question question_;
  bool has_response_ = false;
};

class ClientConnection final : public Connection {
 public:
  /// `scheme`: of requests that do not name one. Null: memory is short.
  static std::unique_ptr<ClientConnection> make(const Settings& settings, std::string_view scheme);
  ~ClientConnection() override { abort(); }

  /// A stream for one request; it opens when its head has been written. Waits for its layer.
  Stream* open();
  /// How many more the server takes now; 0 while the connection ends.
  std::uint32_t room() const;
  bool knows_websockets() const;  // RFC 8441

 private:
  friend class ClientStream;
  explicit ClientConnection(std::string_view scheme) : scheme_{scheme} {}
  void begin_fields(std::int32_t id, bool opens_stream) override;
  void add_field(std::int32_t id, std::string_view name, std::string_view value) override;
  void end_fields(std::int32_t id, bool ends) override;
  void note_closed(Stream* stream) override;
  void note_settings() override;

  std::string scheme_;
  http::H2ResponseText response_;  // the block of fields that is being received
  http::H2Fault fault_ = http::H2Fault::None;
  bool is_trailer_ = false;
  std::string trailers_;
  std::uint32_t open_ = 0;
  bool has_settings_ = false;           // the server's
  std::vector<ClientStream*> waiting_;  // for them: only they tell whether the server knows WebSockets
};

}  // namespace lib::http2
