"""ddddocr behind a minimal FastAPI application, run by an interpreter that has both: never a dependency of ours."""

import ddddocr
from fastapi import FastAPI, UploadFile

app = FastAPI()
ocr = ddddocr.DdddOcr(show_ad=False)


@app.post("/solve")
def solve(image: UploadFile):
    """Read one image, in a thread of FastAPI's pool."""
    return {"text": ocr.classification(image.file.read())}
