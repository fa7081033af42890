// Raw IP sockets as adverts need them: one that listens on an interface and group or address, one that only sends.
#pragma once

#include "lib/base/unique_fd.h"
#include "vrrpd/kernel/transport.h"

namespace vrrpd::kernel {

/// Joined to the path's group, or bound to its unicast source; bound to its interface where it names one.
Result<lib::base::UniqueFd> open_receiver(const Path& path);
/// Hears nothing.
Result<lib::base::UniqueFd> open_sender(const Path& path);
/// One packet. `is_multicast`: not routed.
Status send_raw(int fd, const Path& path, const Transport::Outgoing& outgoing);
/// Up to `buffers.size()` packets in one call, each handed to the sink. The number that came, 0 when there is none.
struct ReceiveRoom;
struct ReceiveRoomFree {
  void operator()(ReceiveRoom* room) const noexcept;
};
using ReceiveRoomPtr = std::unique_ptr<ReceiveRoom, ReceiveRoomFree>;
ReceiveRoomPtr make_receive_room();
/// `dropped` counts what is cut or has no address of ours. Returns how many came; 0 when there is no more for now.
unsigned receive_some(int fd, const Path& path, std::size_t number, ReceiveRoom& room, PacketSink& sink,
                      std::uint64_t& dropped);
void set_receive_buffer(int fd, std::uint32_t bytes);

}  // namespace vrrpd::kernel
