// Messages in HTTP/1's text taken apart for HTTP/2: heads, payload, trailers. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/http/h1_head.h"

namespace lib::http {

struct H2Field {
  std::string_view name, value;
};

/// One message after its interim ones. The text is our own: what is wrong in it is a bug of ours or a peer's head that was
/// passed on as it came.
class H2Text {
 public:
  enum class Event : std::uint8_t {
    NeedMore,
    Head,      // fields(), which stay until the next head; after an interim one another one follows
    Data,      // payload() of the bytes presented
    Trailers,  // trailers(); there is no more
    End,       // no more; in place of the last Data's successor
    Fault,
  };

  virtual ~H2Text() = default;
  /// Looks at `bytes`, which follow those that earlier calls took. `taken` of them belong to the event.
  Event next(std::string_view bytes, std::size_t& taken);
  /// Whoever speaks says no more: what this means for a message that only this ends.
  Event end();

  const std::vector<H2Field>& fields() const { return fields_; }
  std::vector<H2Field> trailers() const;
  std::string_view payload() const { return payload_; }

 protected:
  /// Parses the whole head in `head`: fields into fields_, the body by follow_with(), unless it is_interim.
  virtual bool take_head(std::string& head, bool& is_interim) = 0;
  void follow_with(BodyKind body, std::uint64_t length);
  std::vector<H2Field> fields_;

 private:
  enum class Phase : std::uint8_t { Head, Raw, SizeLine, Payload, PayloadEnd, Trailers, Done };
  Event read_head(std::string_view bytes, std::size_t& taken);
  Event read_raw(std::string_view bytes, std::size_t& taken);
  /// A line up to its LF into line_; false: it is not whole yet.
  bool read_line(std::string_view bytes, std::size_t& taken);
  Event read_chunks(std::string_view bytes, std::size_t& taken);
  Event take_line();
  Event take_trailer(std::string_view line);

  Phase phase_ = Phase::Head;
  std::string head_, line_;
  BodyKind body_ = BodyKind::None;
  std::uint64_t left_ = 0;  // of a body with a length, or of the present chunk
  std::vector<std::pair<std::string, std::string>> trailers_;
  bool has_whole_head_ = false;
  std::string_view payload_;
};

/// What a session answers.
class H2Answer final : public H2Text {
 public:
  explicit H2Answer(Asked asked) : asked_{asked} {}
  /// An accepted WebSocket's 101 is a 200 (RFC 8441 section 5).
  int status() const { return status_; }

 private:
  bool take_head(std::string& head, bool& is_interim) override;
  Asked asked_;
  int status_ = 0;
};

/// What a session asks a server.
class H2Question final : public H2Text {
 public:
  /// Of what the server will answer.
  const Asked& asked() const { return asked_; }
  std::string_view method() const { return asked_.websocket ? std::string_view{"CONNECT"} : method_; }
  /// Absolute, or to be completed with what the connection is; empty: CONNECT has none.
  std::string_view scheme() const { return scheme_; }
  std::string_view authority() const { return authority_; }
  std::string_view path() const { return path_; }
  bool is_tunnel() const { return method() == "CONNECT"; }
  /// What proves to an HTTP/1 client that its WebSocket was understood (RFC 6455 section 4.2.2): of its key.
  std::string_view key() const { return key_; }

 private:
  bool take_head(std::string& head, bool& is_interim) override;
  Asked asked_;
  std::string_view method_, scheme_, authority_, path_, key_;  // of the head, which stays
};

}  // namespace lib::http
