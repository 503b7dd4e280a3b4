#pragma once
// Mail as a channel: RFC 5321 over TLS, through one submission server.

#include "notify/channel.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace carillon::notify {

enum class SmtpSecurity {
  starttls,  ///< plain at first; without STARTTLS nothing is sent (RFC 3207)
  tls,       ///< from the first byte (RFC 8314)
  none,      ///< for a server on the same machine: user and password would be readable on the way
};

struct SmtpSettings {
  std::string host;
  std::uint16_t port = 587;
  SmtpSecurity security = SmtpSecurity::starttls;
  std::string user;  ///< "": no login
  std::string password;
  std::string from;                            ///< "carillon@example.org" or "Carillon <carillon@example.org>"
  std::filesystem::path ca_file;               ///< PEM file of roots for its certificate; empty: the system's
  std::chrono::milliseconds deadline{30'000};  ///< for one delivery, from the connection to the last reply
};

/// The channel "smtp". "Delivered" means that the final 250 was read; a connection that is cut before it leaves the message unsettled, and
/// the retry carries the same Message-ID. Codes: see smtp_dialogue.hpp. `invalid` when the host or `from` cannot be one.
[[nodiscard]] Result<std::unique_ptr<Channel>> make_smtp_channel(SmtpSettings settings);

}  // namespace carillon::notify
