"""What the server knows of FHIR, compiled from a folder of published definitions: facts without prose.

    python -m cie.fhir.definitions.compiling DIR

writes the `.json` files beside this module. The folder is only needed for that; the server runs from what was compiled.
"""

import sys
from pathlib import Path

from cie.fhir.definitions.compiling_profiles import compile_profiles
from cie.fhir.definitions.compiling_types import compile_types
from cie.fhir.definitions.compiling_value_sets import compile_value_sets

HERE = Path(__file__).parent
COMPILERS = (compile_types, compile_profiles, compile_value_sets)
"""Each reads the folder that it is given first and writes its file into the second."""


def main(folder: Path) -> None:
    for compiler in COMPILERS:
        compiler(folder, HERE)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("Name the folder of the definitions: python -m cie.fhir.definitions.compiling DIR")
    main(Path(sys.argv[1]))
