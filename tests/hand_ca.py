"""A CA as people know it: it takes a request, and sends certificates by mail. For imports by hand and for servers under watch.

    ca = HandCa(folder)
    ca.sign(request_pem)                      # leaf and intermediate, PEM
    ca.make("www.example.org", days=3)        # (chain, key), PEM
"""

import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class HandCa:
    def __init__(self, folder: pathlib.Path, now=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.now = now or datetime.datetime.utcnow()
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = self.authority("Hand root", self.root_key, "Hand root", self.root_key, None)
        self.intermediate = self.authority("Hand intermediate", self.key, "Hand root", self.root_key, 0)
        self.root_file = self.folder / "root.pem"
        self.root_file.write_text(pem(self.root))

    def authority(self, name, key, issuer, issuer_key, depth):
        return (x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer)).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(self.now - 100 * DAY).not_valid_after(self.now + 3650 * DAY)
                .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
                .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
                .sign(issuer_key, hashes.SHA256()))

    def leaf(self, names, public_key, days=90, begins=-1, digest=None, issuer_url=None, crl_url=None, ocsp_url=None):
        """`days` from now until it ends, `begins` days from now: both may be negative, and fractions."""
        builder = (x509.CertificateBuilder().subject_name(named(names[0])).issuer_name(self.intermediate.subject).public_key(public_key)
                   .serial_number(x509.random_serial_number()).not_valid_before(self.now + begins * DAY).not_valid_after(self.now + days * DAY)
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
                   .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                   .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False))
        places = [(AuthorityInformationAccessOID.CA_ISSUERS, issuer_url), (AuthorityInformationAccessOID.OCSP, ocsp_url)]
        access = [x509.AccessDescription(kind, x509.UniformResourceIdentifier(url)) for kind, url in places if url]
        if access:
            builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
        if crl_url:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        return builder.sign(self.key, digest or hashes.SHA256())

    def sign(self, request, **wishes):
        """Answers a request (PEM) for the names it asks for."""
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
        return pem(self.leaf(wishes.pop("names", names), asked.public_key(), **wishes)) + pem(self.intermediate)

    def make(self, name, key=None, **wishes):
        key = key or ec.generate_private_key(ec.SECP256R1())
        return pem(self.leaf([name], key.public_key(), **wishes)) + pem(self.intermediate), key_pem(key)

    @staticmethod
    def weak_key():
        return rsa.generate_private_key(65537, 1024)
