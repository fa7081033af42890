#include "lib/http2/nv.h"

#include "lib/http2/stream.h"

namespace lib::http2 {
namespace {

ssize_t produce(nghttp2_session* session, std::int32_t, std::uint8_t* room, std::size_t size, std::uint32_t* flags,
                nghttp2_data_source* source, void*) noexcept {
  Stream& stream = *static_cast<Stream*>(source->ptr);
  bool ends = false, trailers_follow = false, breaks = false;
  const std::size_t count = stream.produce(reinterpret_cast<char*>(room), size, ends, trailers_follow, breaks);
  if (breaks) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // it resets the stream
  if (count == 0 && !ends) return NGHTTP2_ERR_DEFERRED;
  if (ends) *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (trailers_follow) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    stream.submit_trailers(session);
  }
  return static_cast<ssize_t>(count);
}

}  // namespace

std::vector<nghttp2_nv>& empty_list() {
  static thread_local std::vector<nghttp2_nv> list;
  list.clear();
  return list;
}

void append(std::vector<nghttp2_nv>& list, const std::vector<http::H2Field>& fields, Keep keep) {
  for (const http::H2Field& each : fields) list.push_back(field_of(each.name, each.value, keep));
}

nghttp2_data_provider payload_of(Stream& stream) { return {.source = {.ptr = &stream}, .read_callback = &produce}; }

}  // namespace lib::http2
