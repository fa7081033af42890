#include "lib/probe/http2_talk.h"

#include <utility>

namespace lib::probe {

std::unique_ptr<Http2Talk> Http2Talk::make(event::Loop& loop, std::string_view scheme) {
  auto protocol = http2::ClientConnection::make({}, scheme);
  if (protocol == nullptr) return nullptr;
  std::unique_ptr<Http2Talk> made{new Http2Talk{std::move(protocol)}};  // its constructor is private
  made->stream_.open_virtual(loop);
  made->stream_.put_layer(std::make_unique<http2::StreamLayer>(*made->protocol_->open(), made->stream_));
  return made;
}

}  // namespace lib::probe
