// gRPC's health check (grpc.health.v1.Health/Check): the question, and what an answer means. On this side of HTTP/2 both are
// HTTP/1's text. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/http/h2_text.h"

namespace lib::probe {

/// A HealthCheckRequest with its prefix of length, as gRPC sends messages. An empty service asks for the server as a whole.
std::string encode_grpc_health_request(std::string_view service);

/// The whole request. `authority`: what the server is called.
std::string grpc_health_text(std::string_view authority, std::string_view service);

/// "UNIMPLEMENTED"; empty: no code that gRPC knows.
std::string_view grpc_status_name(unsigned code);

/// Follows one answer. Holds little, however long the answer is.
class GrpcHealthAnswer {
 public:
  enum class Verdict : std::uint8_t {
    Open,
    Serving,
    NotServing,  // it says so, or a status of HTTP or gRPC does
    Invalid,     // not what gRPC allows
  };

  /// Takes the next bytes. Once decided they do not count any more.
  void feed(std::string_view text);
  /// No more will come: what is not whole is invalid.
  void end();

  Verdict verdict() const { return verdict_; }
  bool is_decided() const { return verdict_ != Verdict::Open; }
  /// Some of it came.
  bool has_any() const { return total_ != 0; }
  /// HTTP's status where that is not 200, else grpc-status; 0 until it is known.
  unsigned code() const { return code_; }
  /// Why it is not Serving, in printable ASCII: "NOT_SERVING", "NOT_FOUND: unknown service".
  const std::string& info() const { return info_; }

  static constexpr std::size_t kMostBytes = 65536;   // of the whole answer
  static constexpr std::size_t kMostMessage = 4096;  // a HealthCheckResponse has two bytes

 private:
  void take(http::H2Text::Event event);
  void take_head();
  void take_payload(std::string_view bytes);
  void take_field(std::string_view name, std::string_view value);
  void judge();
  void judge_message();
  void refuse(std::string why);

  http::H2Answer text_{http::Asked{.method = http::Method::Post}};
  Verdict verdict_ = Verdict::Open;
  std::size_t total_ = 0;
  unsigned code_ = 0;
  std::string info_;
  bool is_grpc_ = false;                // its content-type says so
  std::optional<unsigned> status_;      // "grpc-status"
  std::string status_message_;          // "grpc-message", decoded
  std::string message_;                 // with its prefix of length
};

}  // namespace lib::probe
