// See certificate_table.hpp.

#include "certs/serving/certificate_table.hpp"

#include "base/ip/address.hpp"
#include "base/text.hpp"
#include "certs/serving/rsa_mark.hpp"

#include <algorithm>

namespace carillon::certs {

void CertificateTable::put(const std::string& name, std::shared_ptr<const net::CertificateForTls> certificate, const std::string& owner) {
  const Lock lock{mutex_};
  certificates_[name] = {.certificate = std::move(certificate), .owner = owner};
  if (IpAddress::parse(name)) addresses_.insert(name);
  if (default_name_.empty()) default_name_ = name;
  combine(name);
}

void CertificateTable::put_rsa(const std::string& host, std::shared_ptr<const net::CertificateForTls> certificate,
                               const std::string& owner) {
  const Lock lock{mutex_};
  rsa_[host] = {.certificate = std::move(certificate), .owner = owner};
  combine(host);
}

void CertificateTable::combine(const std::string& name) {
  const auto first = certificates_.find(name);
  const auto rsa = rsa_.find(name);
  if (first == certificates_.end() || rsa == rsa_.end()) {
    combined_.erase(name);
    return;
  }
  auto both = std::make_shared<net::CertificateForTls>(*first->second.certificate);
  both->beside = rsa->second.certificate;
  combined_[name] = std::move(both);
}

void CertificateTable::set_default(const std::string& name) {
  const Lock lock{mutex_};
  default_name_ = name;
}

std::shared_ptr<const net::CertificateForTls> CertificateTable::challenge_for(std::string_view server_name) const {
  return challenges_ ? challenges_->tls_answer(server_name) : nullptr;
}

std::size_t CertificateTable::size() const {
  const Lock lock{mutex_};
  return certificates_.size();
}

void CertificateTable::remove(const std::string& owner, const std::vector<std::string>& kept) {
  const Lock lock{mutex_};
  if (const auto host = std::string(without_rsa_mark(owner)); host != owner) {
    rsa_.erase(host);
    return combine(host);
  }
  // Most own one entry, which has their name.
  if (const auto own = certificates_.find(owner); own != certificates_.end() && own->second.owner == owner && kept.empty()) {
    certificates_.erase(own);
    addresses_.erase(owner);
    return combine(owner);
  }
  std::erase_if(certificates_, [&](const auto& entry) {
    mutex_.is_held();
    const bool goes = entry.second.owner == owner && std::ranges::find(kept, entry.first) == kept.end();
    if (goes) addresses_.erase(entry.first);
    if (goes) combined_.erase(entry.first);
    return goes;
  });
}

void CertificateTable::hand_over(const std::string& name, const std::string& owner) {
  const Lock lock{mutex_};
  if (const auto found = certificates_.find(name); found != certificates_.end()) found->second.owner = owner;
}

bool CertificateTable::has(const std::string& name) const {
  const Lock lock{mutex_};
  return certificates_.contains(name);
}

std::string CertificateTable::owner_of(const std::string& name) const {
  const Lock lock{mutex_};
  const auto found = certificates_.find(name);
  return found == certificates_.end() ? std::string{} : found->second.owner;
}

std::shared_ptr<const net::CertificateForTls> CertificateTable::certificate_for(std::string_view server_name) const {
  const auto name = lower_ascii(server_name);
  const Lock lock{mutex_};
  const auto find = [&](std::string_view wanted) {
    mutex_.is_held();
    if (const auto both = combined_.find(wanted); both != combined_.end()) return both->second;
    if (const auto found = certificates_.find(wanted); found != certificates_.end()) return found->second.certificate;
    const auto rsa = rsa_.find(wanted);
    return rsa == rsa_.end() ? nullptr : rsa->second.certificate;
  };
  if (name.empty()) return find(addresses_.size() == 1 ? *addresses_.begin() : default_name_);
  if (auto exact = find(name)) return exact;
  if (const auto dot = name.find('.'); dot != std::string::npos) {
    if (auto wildcard = find("*" + name.substr(dot))) return wildcard;
  }
  return nullptr;
}

}  // namespace carillon::certs
