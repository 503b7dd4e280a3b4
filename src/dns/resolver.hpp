#pragma once
// Looking names up: addresses, who may issue (CAA), texts.

#include "base/result.hpp"
#include "dns/caa.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::dns {

/// Any thread; blocks. `not_found`: the name does not exist or has no such record; `unavailable`: no server answered, or with a failure;
/// `invalid`: no name. Names are A-labels (RFC 5890 §2.3.2.1), absolute with or without their last dot. “localhost” and all below it have
/// this machine's loopback addresses and no other record; nobody is asked (RFC 6761 §6.3).
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// Every A and AAAA record as text, A first. An address answers itself. Both kinds are asked for; a failure of one counts only when the
  /// other has none.
  [[nodiscard]] virtual Result<std::vector<std::string>> addresses(const std::string& name) = 0;
  /// The relevant record set: of the name, else of the nearest ancestor that has one (RFC 8659 §3). Empty: anybody may issue. "*.NAME" is
  /// asked as NAME.
  [[nodiscard]] virtual Result<std::vector<CaaRecord>> caa(const std::string& name) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> txt(const std::string& name) = 0;
};

/// How long one server may take for one answer; each is asked twice before the next one is.
inline constexpr std::chrono::milliseconds kAnswerTimeout{5'000};
inline constexpr int kAttempts = 2;

/// `servers`: "ADDRESS" or "ADDRESS:PORT" each ("[ADDRESS]:PORT" with IPv6), asked in order; empty: the system's way (hosts file included
/// for addresses). `invalid` when one of them can't be read.
[[nodiscard]] Result<std::unique_ptr<Resolver>> make_resolver(const std::vector<std::string>& servers,
                                                              std::chrono::milliseconds timeout = kAnswerTimeout);

}  // namespace carillon::dns
