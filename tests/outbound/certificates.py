"""An authority of the tests, and the certificates that it signs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Authority:
    """Signs certificates; its own is in the file `trusted`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = _name("Authority of the tests")
        own = _certificate(self._name, self._name, self._key, self._key, [], datetime.now(UTC) + DAY, is_authority=True)
        self.trusted = folder / "authority.pem"
        self.trusted.write_bytes(own.public_bytes(Encoding.PEM))

    def certificate(self, hosts: Sequence[str], *, ends_at: datetime | None = None, by_itself: bool = False) -> Path:
        """A file with key and certificate for these hosts; `by_itself` it is signed by nobody else."""
        key = generate_private_key(SECP256R1())
        name = _name("Receiver")
        issuer, signer = (name, key) if by_itself else (self._name, self._key)
        made = _certificate(name, issuer, key, signer, hosts, ends_at or datetime.now(UTC) + DAY)
        file = self.folder / f"{made.serial_number}.pem"
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(pem + made.public_bytes(Encoding.PEM))
        return file


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _certificate(
    name: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePrivateKey,
    signer: EllipticCurvePrivateKey,
    hosts: Sequence[str],
    ends_at: datetime,
    *,
    is_authority: bool = False,
) -> x509.Certificate:
    begins = min(datetime.now(UTC), ends_at) - DAY
    builder = x509.CertificateBuilder(issuer, name, key.public_key(), x509.random_serial_number(), begins, ends_at)
    names = [x509.DNSName(host) if host[0].isalpha() else x509.IPAddress(ip_address(host)) for host in hosts]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    of_signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = builder.add_extension(of_signer, critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return builder.sign(signer, hashes.SHA256())
