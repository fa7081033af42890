#include "proxyd/ocsp/exchange_text.h"

#include <fmt/format.h>

#include "lib/base/text.h"

namespace proxyd::ocsp {
namespace {

using Event = lib::http::H2Text::Event;

/// Longer ones are sent with POST.
constexpr std::size_t kMostTarget = 255;

bool is_plain(std::string_view text) {
  for (const char c : text)
    if (c <= ' ' || c >= 0x7f) return false;  // nor what would end the line that it is put into
  return true;
}

/// Base 64's own characters have other meanings in a target.
std::string escape_base64(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '+') out += "%2B";
    else if (c == '/') out += "%2F";
    else if (c == '=') out += "%3D";
    else out += c;
  }
  return out;
}

}  // namespace

std::optional<Responder> read_responder(std::string_view uri) {
  constexpr std::string_view kScheme = "http://";
  if (!is_plain(uri) || !lib::base::equal_ignoring_case(uri.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  uri = uri.substr(0, uri.find('#'));
  const std::string_view authority = uri.substr(0, uri.find_first_of("/?"));
  std::string_view path = uri.substr(authority.size());
  Responder out{{}, 80, std::string{authority}, std::string{path.starts_with('/') ? "" : "/"} + std::string{path}};
  std::string_view host = authority, port;
  if (host.find('@') != std::string_view::npos) return std::nullopt;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
  } else {
    const std::size_t colon = host.find(':');
    port = colon == std::string_view::npos ? std::string_view{} : host.substr(colon);
    host = host.substr(0, colon);
  }
  if (host.empty() || (!port.empty() && port.front() != ':')) return std::nullopt;
  if (port.size() > 1) {
    const auto number = lib::base::parse_number<std::uint16_t>(port.substr(1));
    if (!number || *number == 0) return std::nullopt;
    out.port = *number;
  }
  out.host = host;
  return out;
}

std::string request_text(const Responder& responder, std::string_view der, std::string_view base64, bool for_proxy) {
  const std::string target = (for_proxy ? "http://" + responder.authority : std::string{}) + responder.path;
  const std::string whole = target + (target.ends_with('/') ? "" : "/") + escape_base64(base64);
  const std::string_view common = "accept: application/ocsp-response\r\nuser-agent: triad\r\nconnection: close\r\n";
  if (whole.size() <= kMostTarget && target.find('?') == std::string::npos)
    return fmt::format("GET {} HTTP/1.1\r\nhost: {}\r\n{}\r\n", whole, responder.authority, common);
  return fmt::format("POST {} HTTP/1.1\r\nhost: {}\r\n{}content-type: application/ocsp-request\r\ncontent-length: {}\r\n\r\n{}", target,
                     responder.authority, common, der.size(), der);
}

void AnswerReader::feed(std::string_view text) {
  while (!is_over()) {
    std::size_t taken = 0;
    const Event event = text_.next(text, taken);
    total_ += taken;
    text.remove_prefix(taken);
    if (event != Event::NeedMore) take(event);
    else if (text.empty()) break;
    if (!is_over() && total_ > kMostBytes) outcome_ = Outcome::HttpError;
  }
}

void AnswerReader::end() {
  if (!is_over()) take(text_.end());
}

void AnswerReader::take(Event event) {
  switch (event) {
    case Event::NeedMore: return;
    case Event::Head: return take_head();
    case Event::Data: der_ += text_.payload(); return;
    case Event::Trailers:
    case Event::End: outcome_ = status_ == 200 ? Outcome::Updated : Outcome::HttpError; return;
    case Event::Fault: outcome_ = Outcome::HttpError; return;
  }
}

void AnswerReader::take_head() {
  if (text_.status() < 200) return;
  status_ = text_.status();
  if (status_ != 200) {
    outcome_ = Outcome::HttpError;
    return;
  }
  for (const auto& [name, value] : text_.fields()) {
    if (name != "content-type") continue;
    const std::string_view type = lib::base::trim(value.substr(0, value.find(';')));
    if (lib::base::equal_ignoring_case(type, "application/ocsp-response")) return;
  }
  outcome_ = Outcome::WrongType;
}

}  // namespace proxyd::ocsp
