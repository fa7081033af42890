// TLS over a connection, whichever end of it we are: what both kinds of layers share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/event/channel.h"

struct ssl_st;
struct ssl_ctx_st;

namespace lib::tls {

struct Notes;

/// How a handshake stands. WantsRead, WantsWrite: wait for the socket, then go on.
enum class Handshake : std::uint8_t { Done, WantsRead, WantsWrite, Closed, Failed };

class SecureLayer : public event::Layer {
 public:
  /// Says goodbye, if the socket takes it at once.
  ~SecureLayer() override;

  virtual Handshake shake_hands();
  bool is_established() const { return is_established_; }  // the handshake was over, whatever came then
  /// Why it failed, as OpenSSL numbers it (see fault_text()); 0: nothing failed, or the connection did.
  unsigned long error_code() const { return error_code_; }

  bool is_resumed() const;
  std::string_view version() const;  // "TLSv1.3"
  std::string_view cipher() const;   // as OpenSSL names it; "(NONE)" before it is agreed on
  std::string_view server_name() const;  // that was asked for
  std::string_view protocol() const;  // chosen by ALPN
  std::string_view session_id() const;
  /// Of the cipher's key: how many are used, and how many its algorithm has.
  int used_bits() const;
  int algorithm_bits() const;
  /// What OpenSSL thought of the peer's certificate (X509_V_OK: 0).
  long verify_result() const;
  ssl_st* native() const { return ssl_; }
  const Notes& notes() const;

  // event::Layer
  ssize_t receive(char* room, std::size_t size) override;
  ssize_t peek() override;
  ssize_t send(std::span<const iovec> pieces, bool more_follows) override;
  bool end_sending() override;

 protected:
  explicit SecureLayer(event::Channel& channel);
  event::Channel& channel() { return channel_; }
  /// `early`: what of the peer's words was read already. False: memory is short.
  bool open(ssl_ctx_st* context, std::string early);
  /// After the handshake failed or was given up.
  bool is_broken() const { return is_broken_; }
  /// How a step of the handshake ended that was begun with begin_call().
  Handshake judge(int outcome);
  /// Before each call of OpenSSL whose outcome is looked at.
  static void begin_call();
  /// After a transfer that did not succeed: as the system call would have ended.
  ssize_t fail(int outcome);
  /// The conversation may begin, whether or not the handshake is over.
  void establish();
  /// One call to OpenSSL, as SSL_write_ex().
  virtual int put(std::string_view bytes, std::size_t& sent);

 private:
  ssize_t write(std::string_view bytes);

  struct End;
  event::Channel& channel_;
  std::unique_ptr<End> end_;
  ssl_st* ssl_ = nullptr;
  bool is_established_ = false, is_broken_ = false, has_ended_ = false;
  unsigned long error_code_ = 0;
};

}  // namespace lib::tls
