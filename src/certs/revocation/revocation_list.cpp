// See revocation_list.hpp.

#include "certs/revocation/revocation_list.hpp"

#include "base/spoken_time.hpp"
#include "certs/revocation/der_reader.hpp"
#include "crypto/files/file_text.hpp"
#include "crypto/handles.hpp"
#include "crypto/inspection.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <ctime>

namespace carillon::certs {
namespace {

using AlgorithmHandle = std::unique_ptr<X509_ALGOR, crypto::FreeWith<X509_ALGOR_free>>;
using StringHandle = std::unique_ptr<ASN1_STRING, crypto::FreeWith<ASN1_STRING_free>>;
using NameHandle = std::unique_ptr<X509_NAME, crypto::FreeWith<X509_NAME_free>>;
using DigestHandle = std::unique_ptr<EVP_MD_CTX, crypto::FreeWith<EVP_MD_CTX_free>>;
using TimeHandle = std::unique_ptr<ASN1_TIME, crypto::FreeWith<ASN1_TIME_free>>;

// Object identifiers as DER, without tag and length (RFC 5280 §5.2, §5.3).
constexpr std::string_view kAuthorityKey{"\x55\x1d\x23", 3};
constexpr std::string_view kListNumber{"\x55\x1d\x14", 3};
constexpr std::string_view kDeltaIndicator{"\x55\x1d\x1b", 3};
constexpr std::string_view kDistributionPoint{"\x55\x1d\x1c", 3};
constexpr std::string_view kReasonCode{"\x55\x1d\x15", 3};
constexpr std::string_view kCertificateIssuer{"\x55\x1d\x1d", 3};
constexpr std::string_view kInvalidityDate{"\x55\x1d\x18", 3};
constexpr int kRemovedFromList = 8;

const unsigned char* start_of(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::optional<Time> time_of(const DerElement& element) {
  if (element.tag != kDerUtcTime && element.tag != kDerGeneralizedTime) return {};
  const auto* cursor = start_of(element.whole);
  const TimeHandle time{d2i_ASN1_TIME(nullptr, &cursor, static_cast<long>(element.whole.size()))};
  std::tm parts{};
  const bool good = time && ASN1_TIME_to_tm(time.get(), &parts) == 1;
  ERR_clear_error();
  if (!good) return {};
  return Time{std::chrono::seconds{::timegm(&parts)}};
}

NameHandle name_in(std::string_view der) {
  const auto* cursor = start_of(der);
  NameHandle name{d2i_X509_NAME(nullptr, &cursor, static_cast<long>(der.size()))};
  ERR_clear_error();
  return name;
}

bool is_name(std::string_view der, const X509_NAME* other) {
  const auto name = name_in(der);
  return name && X509_NAME_cmp(name.get(), other) == 0;
}

std::string_view without_zeros(std::string_view bytes) {
  while (bytes.size() > 1 && bytes.front() == '\0') bytes.remove_prefix(1);
  return bytes;
}

/// An extension of the list or of an entry.
struct Extension {
  std::string_view oid, value;
  bool critical = false;
};

/// Reads every extension of a SEQUENCE OF Extension; false when it is broken or `take` says so.
template <class Take>
bool each_extension(std::string_view sequence, Take take) {
  DerReader reader{sequence};
  while (!reader.at_end()) {
    const auto one = reader.next(kDerSequence);
    if (!one) return false;
    DerReader parts{one->content};
    const auto oid = parts.next();
    if (!oid) return false;
    const auto critical = parts.next(kDerBoolean);
    const auto value = parts.next(kDerOctets);
    if (!value || !take(Extension{oid->content, value->content, critical && critical->content != std::string_view{"\0", 1}})) return false;
  }
  return !reader.failed();
}

/// What issuingDistributionPoint (§5.2.5) limits the list to.
struct Scope {
  std::vector<std::string_view> points;  ///< URLs; empty: not limited to a distribution point
  bool has_point = false;
  bool only_authorities = false, only_attributes = false, some_reasons = false, indirect = false;
};

std::optional<Scope> scope_of(std::string_view value) {
  Scope scope;
  DerReader outer{value};
  const auto sequence = outer.next(kDerSequence);
  if (!sequence) return {};
  DerReader parts{sequence->content};
  const auto flag = [](const DerElement& element) { return !element.content.empty() && element.content.front() != '\0'; };
  while (!parts.at_end()) {
    const auto part = parts.next();
    if (!part) return {};
    if (part->tag == der_tagged(0)) {
      scope.has_point = true;
      DerReader choice{part->content};
      if (const auto names = choice.next(der_tagged(0))) {
        DerReader each{names->content};
        while (const auto name = each.next()) {
          if (name->tag == der_tagged_bytes(6)) scope.points.push_back(name->content);
        }
      }
    } else if (part->tag == der_tagged_bytes(2)) {
      scope.only_authorities = flag(*part);
    } else if (part->tag == der_tagged_bytes(3)) {
      scope.some_reasons = true;
    } else if (part->tag == der_tagged_bytes(4)) {
      scope.indirect = flag(*part);
    } else if (part->tag == der_tagged_bytes(5)) {
      scope.only_attributes = flag(*part);
    }
  }
  return parts.failed() ? std::nullopt : std::optional{scope};
}

/// The parts of a list; views into its bytes.
struct Parts {
  std::string_view signed_part, algorithm, signature;
  std::string_view issuer;  ///< a Name
  std::optional<Time> this_update, next_update;
  std::string_view entries;
  std::string_view extensions;
};

std::optional<Parts> parts_of(std::string_view der) {
  Parts parts;
  DerReader outer{der};
  const auto list = outer.next(kDerSequence);
  if (!list) return {};
  DerReader three{list->content};
  const auto body = three.next(kDerSequence), algorithm = three.next(kDerSequence), signature = three.next(kDerBits);
  if (!body || !algorithm || !signature) return {};
  parts.signed_part = body->whole;
  parts.algorithm = algorithm->whole;
  parts.signature = signature->content;
  DerReader reader{body->content};
  (void)reader.next(kDerInteger);
  const auto inner_algorithm = reader.next(kDerSequence), issuer = reader.next(kDerSequence), this_update = reader.next();
  if (!inner_algorithm || !issuer || !this_update || inner_algorithm->whole != parts.algorithm) return {};
  parts.issuer = issuer->whole;
  parts.this_update = time_of(*this_update);
  if (!parts.this_update) return {};
  if (reader.peek() == kDerUtcTime || reader.peek() == kDerGeneralizedTime) parts.next_update = time_of(*reader.next());
  if (const auto entries = reader.next(kDerSequence)) parts.entries = entries->content;
  if (const auto tagged = reader.next(der_tagged(0))) {
    DerReader inside{tagged->content};
    const auto extensions = inside.next(kDerSequence);
    if (!extensions) return {};
    parts.extensions = extensions->content;
  }
  return reader.failed() || !reader.at_end() ? std::nullopt : std::optional{parts};
}

/// RSA-PSS names its digest in parameters; OpenSSL's own function reads them, with a copy of the list.
bool verify_with_copy(const Parts& parts, const X509_ALGOR& algorithm, EVP_PKEY* key) {
  const StringHandle body{ASN1_STRING_type_new(V_ASN1_SEQUENCE)}, signature{ASN1_STRING_type_new(V_ASN1_BIT_STRING)};
  if (!body || !signature) return false;
  ASN1_STRING_set(body.get(), parts.signed_part.data(), static_cast<int>(parts.signed_part.size()));
  ASN1_STRING_set(signature.get(), parts.signature.data() + 1, static_cast<int>(parts.signature.size() - 1));
  // The string contains the whole encoding of a SEQUENCE, whose contents are left alone.
  ASN1_TYPE any{};
  any.type = V_ASN1_SEQUENCE;
  any.value.sequence = body.get();
  return ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), const_cast<X509_ALGOR*>(&algorithm), signature.get(), &any, key) == 1;
}

bool is_signed_with(const Parts& parts, EVP_PKEY* key) {
  if (key == nullptr || parts.signature.size() < 2 || parts.signature.front() != '\0') return false;
  const auto* cursor = start_of(parts.algorithm);
  const AlgorithmHandle algorithm{d2i_X509_ALGOR(nullptr, &cursor, static_cast<long>(parts.algorithm.size()))};
  if (!algorithm) return false;
  int digest = NID_undef, kind = NID_undef;
  if (OBJ_find_sigid_algs(OBJ_obj2nid(algorithm->algorithm), &digest, &kind) != 1) return false;
  if (digest == NID_md5 || digest == NID_md4 || digest == NID_md2) return false;
  if (kind == NID_rsassaPss) return verify_with_copy(parts, *algorithm, key);
  if (EVP_PKEY_type(kind) != EVP_PKEY_get_base_id(key)) return false;
  const DigestHandle context{EVP_MD_CTX_new()};
  const auto* method = digest == NID_undef ? nullptr : EVP_get_digestbynid(digest);
  if (!context || (digest != NID_undef && method == nullptr)) return false;
  return EVP_DigestVerifyInit(context.get(), nullptr, method, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), start_of(parts.signature) + 1, parts.signature.size() - 1, start_of(parts.signed_part),
                          parts.signed_part.size()) == 1;
}

bool may_sign_lists(const crypto::Certificate& certificate) {
  // UINT32_MAX if it says nothing about usages.
  return (X509_get_key_usage(certificate.native()) & KU_CRL_SIGN) != 0;
}

/// Whether the issuer, or a signer that it has authorized, signed the list.
bool is_signed_by_right_one(const Parts& parts, const ListQuestion& question) {
  const auto named = [&](const crypto::Certificate& one) { return is_name(parts.issuer, X509_get_subject_name(one.native())); };
  bool signed_well =
      named(question.issuer) && may_sign_lists(question.issuer) && is_signed_with(parts, X509_get0_pubkey(question.issuer.native()));
  for (const auto& other : question.others) {
    if (signed_well) break;
    signed_well = named(other) && may_sign_lists(other) && is_issued_by(other, question.issuer) &&
                  is_signed_with(parts, X509_get0_pubkey(other.native()));
  }
  ERR_clear_error();
  return signed_well;
}

RevocationAnswer unknown(std::string problem) { return {.status = RevocationStatus::unknown, .problem = std::move(problem)}; }

/// One list, asked about several certificates.
class Search {
 public:
  Search(const Parts& parts, std::span<const ListQuestion> questions) : parts_{parts}, questions_{questions} {}

  /// Why the list can't be used; "" if it can.
  std::string examine_extensions() {
    bool delta = false, strange = false, bad_scope = false;
    const bool read = each_extension(parts_.extensions, [&](const Extension& one) {
      if (one.oid == kDeltaIndicator) {
        delta = true;
      } else if (one.oid == kDistributionPoint) {
        if (const auto scope = scope_of(one.value))
          scope_ = *scope;
        else
          bad_scope = true;
      } else if (one.critical && one.oid != kAuthorityKey && one.oid != kListNumber) {
        strange = true;
      }
      return true;
    });
    if (!read || bad_scope) return "The CRL is damaged.";
    if (delta) return "The CRL is a delta CRL, which is incomplete.";
    if (strange) return "The CRL has a critical extension that Carillon doesn't know.";
    if (scope_.only_authorities) return "The CRL covers only CA certificates.";
    if (scope_.only_attributes) return "The CRL covers only attribute certificates.";
    return {};
  }

  std::vector<RevocationAnswer> run() {
    std::vector<RevocationAnswer> answers;
    std::map<std::string, std::vector<std::size_t>, std::less<>> wanted;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      answers.push_back(covers(questions_[i]));
      if (answers.back().status == RevocationStatus::good) wanted[serial_bytes(questions_[i].leaf)].push_back(i);
    }
    if (wanted.empty()) return answers;
    const auto* issuer = X509_get_subject_name(questions_.front().issuer.native());
    bool ours = is_name(parts_.issuer, issuer);
    DerReader reader{parts_.entries};
    while (!reader.at_end()) {
      const auto entry = reader.next(kDerSequence);
      if (!entry) break;
      DerReader fields{entry->content};
      const auto serial = fields.next(kDerInteger);
      const auto date = fields.next();
      if (!serial || !date) return damaged();
      const auto extensions = fields.next(kDerSequence);
      // Such an extension may say that the entry is about something else (RFC 5280 §5.3), and so the whole list can't be relied on.
      bool strange = false;
      if (extensions && !find_unknown(extensions->content, strange)) return damaged();
      if (strange) return nothing_known("The CRL has an entry with a critical extension that Carillon doesn't know.");
      const auto found = wanted.find(without_zeros(serial->content));
      // In an indirect list, an entry belongs to the issuer that was named last (§5.3.3).
      if (extensions && scope_.indirect && !follow_issuer(extensions->content, issuer, ours)) return damaged();
      if (found == wanted.end() || !ours) continue;
      int reason = 0;
      if (extensions && !reason_in(extensions->content, reason)) return damaged();
      if (reason == kRemovedFromList) continue;
      for (const auto at : found->second)
        answers[at] = {.status = RevocationStatus::revoked, .revoked_at = time_of(*date), .reason = reason};
    }
    if (reader.failed()) return damaged();
    if (scope_.some_reasons) {
      for (auto& answer : answers) {
        if (answer.status == RevocationStatus::good) answer = unknown("The CRL covers only some revocation reasons.");
      }
    }
    return answers;
  }

 private:
  [[nodiscard]] std::vector<RevocationAnswer> nothing_known(std::string problem) const {
    return std::vector<RevocationAnswer>(questions_.size(), unknown(std::move(problem)));
  }
  [[nodiscard]] std::vector<RevocationAnswer> damaged() const { return nothing_known("The CRL is damaged."); }

  /// Whether an entry has a critical extension that isn't understood here; false if the extensions are broken.
  bool find_unknown(std::string_view extensions, bool& found) const {
    return each_extension(extensions, [&](const Extension& one) {
      // Other certificates' issuers occur only in indirect lists (§5.3.3).
      const bool is_known = one.oid == kReasonCode || one.oid == kInvalidityDate || (one.oid == kCertificateIssuer && scope_.indirect);
      found = found || (one.critical && !is_known);
      return true;
    });
  }

  /// Provisionally good if the list covers this certificate.
  [[nodiscard]] RevocationAnswer covers(const ListQuestion& question) const {
    if (!is_name(parts_.issuer, X509_get_issuer_name(question.leaf.native())) && !scope_.indirect)
      return unknown("The CRL is from a different CA.");
    if (scope_.has_point) {
      const auto urls = crypto::revocation_list_urls(question.leaf);
      const bool is_its_own =
          std::ranges::any_of(scope_.points, [&](std::string_view point) { return std::ranges::find(urls, point) != urls.end(); });
      if (!is_its_own) return unknown("This CRL isn't the part of the CA's list that the certificate refers to.");
    }
    return {.status = RevocationStatus::good};
  }

  static bool reason_in(std::string_view extensions, int& reason) {
    return each_extension(extensions, [&](const Extension& one) {
      if (one.oid != kReasonCode) return true;
      DerReader value{one.value};
      const auto number = value.next(kDerEnumerated);
      if (!number || number->content.size() != 1) return false;
      reason = static_cast<unsigned char>(number->content.front());
      return true;
    });
  }

  static bool follow_issuer(std::string_view extensions, const X509_NAME* issuer, bool& ours) {
    return each_extension(extensions, [&](const Extension& one) {
      if (one.oid != kCertificateIssuer) return true;
      DerReader outer{one.value};
      const auto names = outer.next(kDerSequence);
      if (!names) return false;
      ours = false;
      DerReader each{names->content};
      while (const auto name = each.next()) {
        if (name->tag == der_tagged(4) && is_name(name->content, issuer)) ours = true;
      }
      return !each.failed();
    });
  }

  const Parts& parts_;
  std::span<const ListQuestion> questions_;
  Scope scope_;
};

std::string der_of(std::string_view bytes) {
  constexpr std::string_view kPem = "-----BEGIN ";
  if (!bytes.starts_with(kPem)) return {};
  const auto blocks = crypto::pem_blocks(bytes);
  return blocks && !blocks->empty() ? blocks->front().der : std::string{};
}

}  // namespace

std::string serial_bytes(const crypto::Certificate& certificate) {
  const auto* serial = X509_get0_serialNumber(certificate.native());
  return std::string(
      without_zeros({reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)), static_cast<std::size_t>(ASN1_STRING_length(serial))}));
}

bool is_issued_by(const crypto::Certificate& certificate, const crypto::Certificate& issuer) {
  const bool issued = X509_NAME_cmp(X509_get_issuer_name(certificate.native()), X509_get_subject_name(issuer.native())) == 0 &&
                      X509_get0_pubkey(issuer.native()) != nullptr &&
                      X509_verify(certificate.native(), X509_get0_pubkey(issuer.native())) == 1;
  ERR_clear_error();
  return issued;
}

std::vector<RevocationAnswer> read_revocation_list(std::string_view bytes, std::span<const ListQuestion> questions, Time now,
                                                   std::optional<ListDates>& dates) {
  dates.reset();
  if (questions.empty()) return {};
  const auto all = [&](std::string problem) { return std::vector<RevocationAnswer>(questions.size(), unknown(std::move(problem))); };
  const auto decoded = der_of(bytes);
  const auto parts = parts_of(decoded.empty() ? bytes : std::string_view{decoded});
  if (!parts) return all("There is no CRL at this address.");
  const auto next_update = parts->next_update.value_or(*parts->this_update + kUndatedListLife);
  if (*parts->this_update > now + kListClockSkew) return all("The CRL is dated in the future, " + moment_text(*parts->this_update) + ".");
  if (next_update + kListClockSkew <= now) return all("The CRL is out of date: the next one was due on " + moment_text(next_update) + ".");
  if (!is_signed_by_right_one(*parts, questions.front())) return all("The CRL isn't signed by the certificate's CA.");
  Search search{*parts, questions};
  if (auto problem = search.examine_extensions(); !problem.empty()) return all(std::move(problem));
  dates = ListDates{*parts->this_update, next_update};
  return search.run();
}

}  // namespace carillon::certs
