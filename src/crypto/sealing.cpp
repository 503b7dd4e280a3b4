// See sealing.hpp. The only file that knows libsodium's boxes.

#include "crypto/sealing.hpp"

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace carillon::crypto {
namespace {

constexpr std::string_view kVersion = "v1:";
constexpr std::size_t kKeyLength = 32;
static_assert(kKeyLength == crypto_secretbox_KEYBYTES);

void start_sodium() {
  // Picks the fastest code for this processor; without it the slow one is used, and its generator is not safe across threads.
  static const int started = sodium_init();
  if (started < 0) throw std::runtime_error("libsodium could not be initialized");
}

/// A key for one purpose, wiped when it has been used. secretbox authenticates nothing beside its text, so the purpose goes into the key.
class PurposeKey {
 public:
  PurposeKey(const std::array<unsigned char, kKeyLength>& master, std::string_view purpose) {
    start_sodium();
    crypto_generichash(bytes_.data(), bytes_.size(), reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(), master.data(),
                       master.size());
  }
  PurposeKey(const PurposeKey&) = delete;
  PurposeKey& operator=(const PurposeKey&) = delete;
  ~PurposeKey() { sodium_memzero(bytes_.data(), bytes_.size()); }
  [[nodiscard]] const unsigned char* data() const noexcept { return bytes_.data(); }

 private:
  std::array<unsigned char, kKeyLength> bytes_{};
};

/// The key that `content` spells; 64 digits may end with a line feed, as an editor leaves one.
Result<std::array<unsigned char, kKeyLength>> key_from(std::string_view content, const std::filesystem::path& file) {
  std::array<unsigned char, kKeyLength> key{};
  if (content.size() == kKeyLength) {
    std::ranges::copy(content, key.begin());
    return key;
  }
  const auto decoded = from_hex(trimmed(content));
  if (!decoded || decoded->size() != kKeyLength)
    return fail(ErrorKind::corrupt, "The master key " + file.string() +
                                        " is neither 32 bytes nor 64 hexadecimal digits. Restore the right file: data encrypted with the "
                                        "right key can't be decrypted with another one.");
  std::ranges::transform(*decoded, key.begin(), [](std::byte byte) { return static_cast<unsigned char>(byte); });
  return key;
}

/// Writes a new key under a name of its own and links it to `file`: of two programs that start at once one wins, and both read the same
/// key.
Result<> make_key(const std::filesystem::path& file, Random& random) {
  std::array<std::byte, kKeyLength> key{};
  random.fill(key);
  auto beside = file;
  beside += "." + std::to_string(::getpid()) + ".new";
  if (auto written = write_file(beside, to_hex(key) + "\n", 0600); !written) return written;
  const bool linked = ::link(beside.c_str(), file.c_str()) == 0;
  const int why = errno;
  ::unlink(beside.c_str());
  if (!linked && why != EEXIST) return fail_errno("create the master key", file.string(), why);
  return sync_folder(file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."});
}

}  // namespace

Result<MasterKey> MasterKey::open(const std::filesystem::path& file, Random& random, bool make) {
  auto content = read_file(file);
  if (!content && content.error().kind == ErrorKind::not_found && make) {
    if (auto made = make_key(file, random); !made) return forward_error(made);
    content = read_file(file);
  }
  if (!content) return forward_error(content);
  auto key = key_from(*content, file);
  sodium_memzero(content->data(), content->size());
  if (!key) return forward_error(key);
  return MasterKey{*key};
}

std::string MasterKey::seal(std::string_view secret, std::string_view purpose, Random& random) const {
  const PurposeKey key{bytes_, purpose};
  // The nonce stands before the box. 192 random bits: no counter has to be remembered.
  Bytes sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + secret.size());
  random.fill(std::span{sealed}.first(crypto_secretbox_NONCEBYTES));
  auto* bytes = reinterpret_cast<unsigned char*>(sealed.data());
  crypto_secretbox_easy(bytes + crypto_secretbox_NONCEBYTES, reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), bytes,
                        key.data());
  return std::string(kVersion) + to_base64(sealed);
}

Result<std::string> MasterKey::open_sealed(std::string_view sealed, std::string_view purpose) const {
  const auto refused = [&] {
    return fail(ErrorKind::corrupt, "An encrypted secret (" + std::string(purpose) +
                                        ") can't be decrypted: it was encrypted with a different master key, or it was modified.");
  };
  if (!sealed.starts_with(kVersion)) return refused();
  const auto bytes = from_base64(sealed.substr(kVersion.size()));
  if (!bytes || bytes->size() < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) return refused();
  const PurposeKey key{bytes_, purpose};
  const auto* box = reinterpret_cast<const unsigned char*>(bytes->data());
  std::string secret(bytes->size() - crypto_secretbox_NONCEBYTES - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(secret.data()), box + crypto_secretbox_NONCEBYTES,
                                 bytes->size() - crypto_secretbox_NONCEBYTES, box, key.data()) != 0)
    return refused();
  return secret;
}

}  // namespace carillon::crypto
