"""Read an XDMF file with VTK's reader and print, as JSON, what it gives at each time.

A program of its own, because VTK and h5py bring different builds of HDF5.
"""
import json
import sys

from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader


def contents(grid):
    """Points, the ends of lines, and the arrays of the points of one grid."""
    bonds = []
    for i in range(grid.GetNumberOfCells()):
        ends = grid.GetCell(i).GetPointIds()  # the same object for every cell
        bonds.append([ends.GetId(k) for k in range(ends.GetNumberOfIds())])
    data = grid.GetPointData()
    arrays = [data.GetArray(i) for i in range(data.GetNumberOfArrays())]
    return {
        "points": vtk_to_numpy(grid.GetPoints().GetData()).tolist(),
        "bonds": bonds,
        "arrays": {array.GetName(): vtk_to_numpy(array).tolist() for array in arrays},
    }


def main(path):
    reader = vtkXdmfReader()
    reader.SetFileName(path)
    reader.UpdateInformation()
    information = reader.GetOutputInformation(0)
    key = vtkStreamingDemandDrivenPipeline.TIME_STEPS()
    found = []
    for time in [information.Get(key, i) for i in range(information.Length(key))]:
        reader.UpdateTimeStep(time)
        data = reader.GetOutputDataObject(0)
        many = hasattr(data, "GetNumberOfBlocks")
        grids = [data.GetBlock(i) for i in range(data.GetNumberOfBlocks())] if many else [data]
        found.append({"time": time, "grids": [contents(grid) for grid in grids]})
    json.dump(found, sys.stdout)


main(sys.argv[1])
