// See local_ca.hpp.

#include "certs/serving/local_ca.hpp"

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/ip/address.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace carillon::certs {
namespace {

/// Names that no public CA may sign: reserved by RFC 2606, RFC 6761, RFC 6762, RFC 8375, and `internal` (ICANN 2024); `lan` and
/// `localdomain` by custom.
constexpr std::array<std::string_view, 9> kPrivateSuffixes{"localhost", "local",   "localdomain", "internal", "test",
                                                           "example",   "invalid", "home.arpa",   "lan"};

struct PrivateNetwork {
  const char* written;  ///< as OpenSSL writes it
  const char* network;
};
constexpr std::array<PrivateNetwork, 8> kPrivateNetworks{{{"127.0.0.0/255.0.0.0", "127.0.0.0/8"},
                                                          {"10.0.0.0/255.0.0.0", "10.0.0.0/8"},
                                                          {"172.16.0.0/255.240.0.0", "172.16.0.0/12"},
                                                          {"192.168.0.0/255.255.0.0", "192.168.0.0/16"},
                                                          {"169.254.0.0/255.255.0.0", "169.254.0.0/16"},
                                                          {"::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1"},
                                                          {"fc00::/fe00::", "fc00::/7"},
                                                          {"fe80::/ffc0::", "fe80::/10"}}};

bool is_inside(const PrivateNetwork& permitted, const IpAddress& address) {
  const auto network = IpNetwork::parse(permitted.network);
  return network && network->contains(address);
}

Result<Leaf> leaf_of(const crypto::Certificate& certificate, const crypto::PrivateKey& key) {
  const auto der = certificate.to_der();
  const auto key_der = key.to_der();
  const auto pem = certificate.to_pem();
  const auto key_pem = key.to_pem();
  for (const auto* text : {&der, &key_der, &pem, &key_pem}) {
    if (!*text) return std::unexpected(text->error());
  }
  return Leaf{.for_tls = {.chain_der = {*der}, .key_der = *key_der},
              .pem = *pem + *key_pem,
              .not_before = certificate.not_before(),
              .not_after = certificate.not_after()};
}

}  // namespace

bool is_public_name(std::string_view name) {
  if (const auto address = IpAddress::parse(name))
    return std::ranges::none_of(kPrivateNetworks, [&](const PrivateNetwork& network) { return is_inside(network, *address); });
  const auto lower = lower_ascii(name);
  return std::ranges::none_of(kPrivateSuffixes,
                              [&](std::string_view suffix) { return lower == suffix || lower.ends_with("." + std::string(suffix)); });
}

Result<std::unique_ptr<LocalCa>> LocalCa::open(const std::filesystem::path& folder, const Clock& clock, Random& random) {
  if (auto made = make_folder(folder); !made) return forward_error(made);
  const auto certificate_file = folder / "root.pem";
  const auto key_file = folder / "root.key";
  std::error_code none;
  // The key is written first: a certificate without its key would be of no use, a key without its certificate is simply made anew.
  if (!std::filesystem::exists(certificate_file, none)) {
    std::array<std::byte, 4> mark;
    random.fill(mark);
    crypto::RootRequest request{.common_name = "Carillon local CA " + to_hex(mark),
                                .not_before = std::min(kRootNotBefore, clock.now() - kBackdating),
                                .not_after = clock.now() + kRootLifetime,
                                .permitted_dns = {},
                                .permitted_networks = {}};
    for (const auto suffix : kPrivateSuffixes) request.permitted_dns.emplace_back(suffix);
    for (const auto& network : kPrivateNetworks) request.permitted_networks.emplace_back(network.written);
    auto key = crypto::PrivateKey::generate_p256();
    if (!key) return forward_error(key);
    auto root = crypto::make_root(request, *key, random);
    if (!root) return forward_error(root);
    const auto key_pem = key->to_pem();
    const auto root_pem = root->to_pem();
    if (!key_pem) return std::unexpected(key_pem.error());
    if (!root_pem) return std::unexpected(root_pem.error());
    if (auto written = write_file(key_file, *key_pem, 0600); !written) return forward_error(written);
    if (auto written = write_file(certificate_file, *root_pem, 0644); !written) return forward_error(written);
    log::info("local CA created", {{"certificate", certificate_file.string()}, {"valid_until", to_rfc3339(root->not_after())}});
  }
  const auto root_pem = read_file(certificate_file);
  if (!root_pem) return std::unexpected(root_pem.error());
  auto chain = crypto::Certificate::chain_from_pem(*root_pem);
  if (!chain)
    return fail(chain.error().kind, "The local CA's certificate " + certificate_file.string() + " can't be read: " + chain.error().message);
  const auto key_pem = read_file(key_file);
  if (!key_pem) return std::unexpected(key_pem.error());
  auto key = crypto::PrivateKey::from_pem(*key_pem);
  if (!key) return fail(key.error().kind, "The local CA's key " + key_file.string() + " can't be read: " + key.error().message);
  if (!chain->front().matches(*key))
    return fail(ErrorKind::corrupt,
                "The local CA's key " + key_file.string() + " doesn't match its certificate; restore both from the same backup.");
  return std::unique_ptr<LocalCa>{new LocalCa{folder, std::move(chain->front()), std::move(*key), clock, random}};
}

Result<Leaf> LocalCa::issue(const std::vector<std::string>& names, crypto::KeyKind kind) const {
  for (const auto& name : names) {
    if (is_public_name(name))
      return fail(ErrorKind::refused,
                  "“" + name + "” is a public name, which the local CA can't sign; its certificate must come from a public CA.");
  }
  auto key = crypto::generate_key(kind);
  if (!key) return forward_error(key);
  crypto::LeafRequest request{.common_name = "Carillon local certificate",
                              .names = names,
                              .not_before = clock_.now() - kBackdating,
                              .not_after = clock_.now() + kLeafLifetime};
  if (std::ranges::find(names, "localhost") != names.end()) {
    for (const auto* address : {"127.0.0.1", "::1"}) {
      if (std::ranges::find(names, address) == names.end()) request.names.emplace_back(address);
    }
  }
  const auto certificate = crypto::make_leaf(request, *key, root_, key_, random_);
  if (!certificate) return std::unexpected(certificate.error());
  return leaf_of(*certificate, *key);
}

Result<Leaf> LocalCa::read(const std::string& name, std::string_view pem) const {
  const auto chain = crypto::Certificate::chain_from_pem(pem);
  if (!chain) return std::unexpected(chain.error());
  const auto key = crypto::PrivateKey::from_pem(pem);
  if (!key) return std::unexpected(key.error());
  if (!chain->front().matches(*key)) return fail(ErrorKind::corrupt, "the stored key doesn't match the stored certificate");
  // Checked at the moment it was made: whether it is still in force is the keeper's question.
  if (const auto good = crypto::verify(chain->front(), {}, std::span{&root_, 1}, name, chain->front().not_before()); !good)
    return std::unexpected(good.error());
  return leaf_of(chain->front(), *key);
}

}  // namespace carillon::certs
