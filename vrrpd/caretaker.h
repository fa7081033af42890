// Stands in for a vrrpd that was killed and waits to be started again: the kernel still has its addresses, while the others see that nobody speaks
// for them. As soon as another one says that it is master of an instance, what the killed one had for it is taken away, so that
// no address is on two nodes; until then it stays, and who asks is answered.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keepalived/logger.h"
#include "lib/event/loop.h"
#include "parsers/keepalived/config.h"
#include "vrrpd/kernel/interfaces.h"
#include "vrrpd/kernel/leftovers.h"
#include "vrrpd/kernel/transport.h"
#include "vrrpd/node.h"

namespace vrrpd {

class Caretaker final : private kernel::PacketSink {
 public:
  /// `state_file`: as the killed run had it. Null: that one left nothing behind. Errors: the kernel is not to be spoken to.
  static lib::base::Result<std::unique_ptr<Caretaker>> open(lib::event::Loop& loop, keepalived::Logger& logger, Configuration config, std::string state_file);

  /// There is no next start: takes away everything that the killed run left, and its system settings go back to what they were.
  void give_back_all();
  const parsers::keepalived::KeepalivedConfig& config() const { return *config_; }

 private:
  struct Ward {
    const parsers::keepalived::VrrpInstance* conf;
    Receiver receiver;
    std::size_t path;
    bool is_given_back = false;
  };
  Caretaker(lib::event::Loop& loop, keepalived::Logger& logger, Configuration config, std::string state_file)
      : logger_{logger}, config_{std::move(config)}, state_file_{std::move(state_file)}, transport_{loop, *this} {}
  void listen_for(const parsers::keepalived::VrrpInstance& conf);
  void on_packet(std::size_t path, const kernel::Received& received) override;
  kernel::Log log() { return {.write = [this](keepalived::Level level, std::string_view line) { logger_.write(level, line); }, .details = logger_.has_details()}; }

  keepalived::Logger& logger_;
  const Configuration config_;
  const std::string state_file_;
  std::unique_ptr<lib::netlink::Netlink> kernel_;
  std::unique_ptr<kernel::Interfaces> interfaces_;
  kernel::Leftovers leftovers_;
  std::vector<Ward> wards_;
  kernel::Transport transport_;
};

}  // namespace vrrpd
