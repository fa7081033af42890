#include "lib/netlink/nftables.h"

#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>

#include "lib/base/unique_fd.h"

namespace lib::netlink {

struct Nftables::Internals {
  struct Free {
    void operator()(nft_ctx* context) const noexcept { nft_ctx_free(context); }
  };
  std::unique_ptr<nft_ctx, Free> context;
};

Nftables::Nftables(std::unique_ptr<Internals> internals) : internals_{std::move(internals)} {}
Nftables::~Nftables() = default;

lib::base::Result<std::unique_ptr<Nftables>> Nftables::open() {
  // Where the kernel has no netfilter the library does not fail: it ends the process.
  const lib::base::UniqueFd probe{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)};
  if (!probe) return lib::base::system_failure("nftables: netlink socket", errno);
  auto internals = std::make_unique<Internals>();
  internals->context.reset(nft_ctx_new(NFT_CTX_DEFAULT));
  nft_ctx* context = internals->context.get();
  // Without the buffers it would write to our standard output and error.
  if (context == nullptr || nft_ctx_buffer_output(context) != 0 || nft_ctx_buffer_error(context) != 0)
    return lib::base::failure("nftables is not available", ENOTSUP);
  // Names would be there or not with /etc/protocols and /etc/iproute2; who reads the output needs one form.
  nft_ctx_output_set_flags(context, NFT_CTX_OUTPUT_NUMERIC_PROTO | NFT_CTX_OUTPUT_NUMERIC_SYMBOL);
  return std::unique_ptr<Nftables>{new Nftables{std::move(internals)}};  // the constructor is private
}

lib::base::Status Nftables::run(const std::string& commands) {
  nft_ctx* context = internals_->context.get();
  const int failed = nft_run_cmd_from_buffer(context, commands.c_str());
  const char* raw = nft_ctx_get_error_buffer(context);
  (void)nft_ctx_get_output_buffer(context);  // getting it empties it
  if (failed == 0) return {};
  const std::string_view said = raw == nullptr ? "" : raw;
  return lib::base::failure("nftables: " + std::string{said.substr(0, said.find('\n'))}, EINVAL);
}

lib::base::Result<std::string> Nftables::list(const std::string& command) {
  nft_ctx* context = internals_->context.get();
  const int failed = nft_run_cmd_from_buffer(context, command.c_str());
  const char* raw = nft_ctx_get_error_buffer(context);
  const char* output = nft_ctx_get_output_buffer(context);
  if (failed == 0) return std::string{output == nullptr ? "" : output};
  const std::string_view said = raw == nullptr ? "" : raw;
  return lib::base::failure("nftables: " + std::string{said.substr(0, said.find('\n'))}, EINVAL);
}

}  // namespace lib::netlink
