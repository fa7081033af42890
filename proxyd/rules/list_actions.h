// Actions on pattern lists and maps while traffic flows: set-map, del-map, add-acl, del-acl. Pure.
#pragma once

#include <memory>
#include <string>

#include "proxyd/patterns/library.h"
#include "proxyd/rules/action.h"

namespace proxyd::rules {

enum class ListChange : std::uint8_t { SetMap, DeleteKey, AddPattern };

/// The list is found by its name each time: it may be loaded further down in the configuration, or never; then nothing happens.
class ChangeList final : public Action {
 public:
  ChangeList(ListChange change, std::shared_ptr<const patterns::Library> library, std::string name, formats::Format key,
             formats::Format value)
      : change_{change}, library_{std::move(library)}, name_{std::move(name)}, key_{std::move(key)}, value_{std::move(value)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  ListChange change_;
  std::shared_ptr<const patterns::Library> library_;
  std::string name_;
  formats::Format key_, value_;  // a value for SetMap
};

}  // namespace proxyd::rules
