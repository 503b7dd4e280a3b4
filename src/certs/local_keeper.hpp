#pragma once
// Keeps the names of the local CA: issues what is missing, replaces what has lived half its life, while serving.

#include "certs/certificate_table.hpp"
#include "certs/local_ca.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>

namespace carillon::certs {

namespace asio = boost::asio;

/// Look again after this, whatever the dates say: clocks jump, and so does their owner's mind.
inline constexpr std::chrono::minutes kLongestRest{10};

class LocalKeeper {
 public:
  /// Public names among `names` are left out: they are for public CAs.
  LocalKeeper(CertificateTable& table, const LocalCa& authority, const Clock& clock, std::vector<std::string> names);

  /// Puts a certificate that is in force for every name into the table: the stored one, or a new one where that is missing, broken or past half its life
  /// (certificates that live less than ten days are renewed at half). Answers when to look again. One failing name does not hinder the others; its error is
  /// answered after all were tried. Any thread, one call at a time; blocks.
  Result<Time> ensure();
  /// From the next look on.
  void set_names(std::vector<std::string> names);

  /// ensure() again and again until stop(). On its loop.
  asio::awaitable<void> run();
  void stop();  ///< any thread

 private:
  Result<Time> ensure_one(const std::string& name);

  CertificateTable& table_;
  const LocalCa& authority_;
  const Clock& clock_;
  std::mutex mutex_;
  std::vector<std::string> names_;
  std::map<std::string, Leaf> leaves_;  ///< what the table has, by name
  std::atomic<bool> stopping_ = false;
};

}  // namespace carillon::certs
