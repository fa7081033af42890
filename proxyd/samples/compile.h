// From an expression as written to one that can be evaluated.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/haproxy/sample.h"
#include "proxyd/samples/expression.h"

namespace proxyd::samples {

/// Why an expression is refused; offsets count within the text that was parsed.
struct Fault {
  std::string message;
  std::size_t offset = 0;
  std::size_t length = 0;
};

/// "req.hdr(host)" without converters: looks the fetch up and checks its arguments. `keyword` is
/// the name it goes by in messages (an ACL's "hdr_beg" builds "hdr").
lib::base::Result<std::shared_ptr<const Expression>, Fault> compile_fetch(
    const parsers::haproxy::SampleCall& call, std::string_view fetch_name,
    std::string_view keyword);

/// Puts converters behind an expression.
lib::base::Result<std::shared_ptr<const Expression>, Fault> compile_converters(
    std::shared_ptr<const Expression> inner,
    const std::vector<parsers::haproxy::SampleCall>& converters, std::string_view keyword);

/// True when the original knows a fetch of that name.
bool is_known_fetch(std::string_view name);

/// The sample as text. Allocates only when `scratch` must grow.
std::string_view text_of(const Sample& sample, std::string& scratch);

}  // namespace proxyd::samples
